import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isDiskError } from "../../../provider/disk/errors";
import * as vhd from "../../../sdk";

describe("an error of a data source", () => {
  it("is shown by Pulumi as its message alone, and is a DiskError all the same", async () => {
    const failure: unknown = await vhd
      .getVirtualDisk({ path: "no-full-path.vhdx" })
      .catch((error: unknown) => error);

    expect(isDiskError(failure, "InvalidInput")).toBe(true);
    expect(pulumi.RunError.isInstance(failure)).toBe(true);
    expect((failure as Error).stack).toBe(`DiskError: ${(failure as Error).message}`);
    expect(inspect(failure, { colors: true })).toBe(`DiskError: ${(failure as Error).message}`);
  });

  it("that was thrown while pages are read is shown likewise", async () => {
    const pages = vhd.iterateVirtualDiskChanges({ path: "no-full-path.vhdx" });

    const failure: unknown = await pages.next().catch((error: unknown) => error);

    expect(pulumi.RunError.isInstance(failure)).toBe(true);
  });

  it("that was thrown by openVirtualDisk is shown likewise", async () => {
    const failure: unknown = await vhd
      .openVirtualDisk("no-full-path.vhdx")
      .catch((error: unknown) => error);

    expect(pulumi.RunError.isInstance(failure)).toBe(true);
  });
});
