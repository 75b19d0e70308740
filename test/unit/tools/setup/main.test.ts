import { DiskError } from "../../../../provider/disk/errors";
import { explain } from "../../../../tools/setup/main.mjs";

describe("explain", () => {
  it("says the causes below, and none twice", () => {
    const error = new Error("The package could not be built", {
      cause: new Error("tsc ended with 2"),
    });

    expect(explain(error)).toBe("The package could not be built\n  because: tsc ended with 2");
    expect(explain(new Error("read failed: EIO", { cause: new Error("EIO") }))).toBe(
      "read failed: EIO",
    );
  });

  it("says no cause of a DiskError, whose message is complete", () => {
    const error = new DiskError("NotFound", {
      what: "there is no disk",
      cause: new Error("ENOENT"),
    });

    expect(explain(error)).toBe("[NotFound] there is no disk.");
  });

  it("takes whatever was thrown", () => {
    expect(explain("just a text")).toBe("just a text");
  });
});
