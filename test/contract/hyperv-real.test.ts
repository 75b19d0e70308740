import { createHypervBackend } from "../../provider/hyperv/hyperv-backend";
import { surveyHost } from "../../provider/hyperv/check/survey-host";
import { openPowerShellCimSession } from "../../provider/hyperv/powershell/powershell-session";
import { failureOf } from "../support/failure-of";
import { clearRealHost, findRealHost, holdFile } from "../support/real-host";
import { openNodeFile } from "../../provider/embedded/node-file";
import { writeVhdContent } from "../support/vhd-writer";
import { writeVhdxContent } from "../support/vhdx-writer";
import type { ContractHost } from "./contract-host";
import { describeDiskBackend } from "./disk-backend";
import { mkdirSync } from "node:fs";

const real = findRealHost();

jest.setTimeout(120_000);

if (real === undefined) {
  process.stderr.write("skipped: a real Hyper-V host (VHD_TEST_HOST names none)\n");
  describe.skip("the contract of DiskBackend: a real Hyper-V host", () => {
    it.todo("needs VHD_TEST_HOST");
  });
} else {
  const openBackend = () =>
    createHypervBackend(openPowerShellCimSession({ transport: real.transport }));

  const makeHost = (): ContractHost => ({
    backend: openBackend(),
    path: (...names) => real.path(...names),
    toLocal: (path) => real.toLocal(path),
    makeFolder: (path) => mkdirSync(real.toLocal(path), { recursive: true }),
    writeContent: async (path, offsetBytes, bytes) => {
      const file = await openNodeFile(real.toLocal(path), "read-write");
      try {
        await (path.endsWith("x") ? writeVhdxContent : writeVhdContent)(file, offsetBytes, bytes);
      } finally {
        await file.close();
      }
    },
    hold: (path) => holdFile(real.toLocal(path)),
    // Change tracking begins with a reference point, which needs a virtual machine; see "change
    // queries" below.
    takeBaseline: () =>
      Promise.reject(new Error("there is no virtual machine to take a reference point of")),
    strangeBaseline: { kind: "limitId", limitId: "not an id of this host" },
  });

  afterAll(() => clearRealHost(real));

  describeDiskBackend(`Hyper-V, ${real.name} over ${real.transport.kind}`, makeHost, {
    hasBaselines: false,
  });

  it("works by its own account: pulumi-vhd check-host", async () => {
    const session = openPowerShellCimSession({ transport: real.transport });

    const survey = await surveyHost(session);
    await session.close();

    expect(survey.findings.filter(({ state }) => state === "fails")).toEqual([]);
  });

  describe("change queries on a real Hyper-V host", () => {
    it("are refused with a code of their own for a disk that is not tracked, and for one that is not there", async () => {
      const backend = openBackend();
      const path = real.path("untracked.vhdx");
      await backend.createDisk({
        type: "dynamic",
        format: "vhdx",
        path,
        sizeBytes: 16 * 1024 ** 2,
      });
      const baseline = { kind: "limitId", limitId: "not an id of this host" } as const;

      const untracked = await failureOf(backend.queryChanges({ path, baseline }));
      const gone = await failureOf(
        backend.queryChanges({ path: real.path("gone.vhdx"), baseline }),
      );
      await backend.close();

      expect(["TrackingDisabled", "InvalidInput", "StaleLimitId"]).toContain(untracked.code);
      expect(gone.code).toBe("NotFound");
    });
  });
}
