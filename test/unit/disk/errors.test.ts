import { DiskError, isDiskError } from "../../../provider/disk/errors";

describe("DiskError", () => {
  it("says what happened, to what, with which values, and what to do", () => {
    const error = new DiskError("NotFound", {
      what: "the file cannot be opened",
      subject: "/d/a.vhdx",
      facts: { error: "ENOENT", size: 5, absent: undefined },
      remedy: "Check the path.",
    });

    expect(error.message).toBe(
      "[NotFound] the file cannot be opened: /d/a.vhdx (error ENOENT, size 5). Check the path.",
    );
  });

  it("leaves out what it does not know", () => {
    expect(new DiskError("Internal", { what: "it broke" }).message).toBe("[Internal] it broke.");
  });

  it("keeps the error underneath", () => {
    const cause = new Error("below");

    expect(new DiskError("IoFailed", { what: "x", cause }).cause).toBe(cause);
  });

  it("is recognised by code and brand, across copies of the package", () => {
    const error = new DiskError("InUse", { what: "busy" });
    const foreign = Object.assign(new Error("copy"), {
      code: "InUse",
      [Symbol.for("pulumi-vhd.DiskError")]: true,
    });

    expect(isDiskError(error)).toBe(true);
    expect(isDiskError(error, "InUse")).toBe(true);
    expect(isDiskError(error, "NotFound")).toBe(false);
    expect(isDiskError(foreign, "InUse")).toBe(true);
    expect(isDiskError(Object.assign(new Error("fake"), { code: "InUse" }))).toBe(false);
    expect(isDiskError(undefined)).toBe(false);
  });

  it("has nothing that Pulumi's server would take for something else", () => {
    const error = new DiskError("InUse", { what: "busy" });

    expect(Number.isInteger(error.code)).toBe(false);
    expect(Object.keys(error)).not.toEqual(expect.arrayContaining(["id"]));
    expect(error).not.toHaveProperty("properties");
    expect(error).not.toHaveProperty("reasons");
  });
});
