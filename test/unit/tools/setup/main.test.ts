import { explain } from "../../../../tools/setup/main.mjs";

describe("explain", () => {
  it("tells the causes below, and none twice", () => {
    const error = new Error("The package could not be built", { cause: new Error("tsc ended with 2") });

    expect(explain(error)).toBe("The package could not be built\n  because: tsc ended with 2");
    expect(explain(new Error("read failed: EIO", { cause: new Error("EIO") }))).toBe("read failed: EIO");
  });

  it("takes whatever was thrown", () => {
    expect(explain("just a text")).toBe("just a text");
  });
});
