import { getMaxListeners } from "node:events";
import { createJobHost } from "../../../../provider/hyperv/service/job-host";
import { stubSession } from "../../../support/stub-session";

describe("the signal that ends the waiting for jobs", () => {
  it("may be waited for by any number of jobs without a warning", () => {
    const { signal } = new AbortController();

    createJobHost(stubSession(), { signal });

    expect(getMaxListeners(signal)).toBe(Infinity);
  });
});
