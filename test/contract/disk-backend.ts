import {
  type ContractHost,
  FORMATS,
  type MakeContractHost,
  type TestAbilities,
  TestDisks,
} from "./contract-host";
import { describeChanging } from "./describe-changing";
import { describeMaking } from "./describe-making";
import { describeReading } from "./describe-reading";
import { describeRehearsing } from "./describe-rehearsing";

const ALL_ABILITIES: TestAbilities = { hasBaselines: true, canHold: true };

/**
 * The contract of `DiskBackend`, as tests. It runs unchanged against every backend.
 *
 * @param name of the backend
 * @param makeHost makes a host for all tests; its backend is closed at the end
 * @param abilities what the tests can do on the host; what they cannot do is skipped, and nothing
 *   else
 */
export function describeDiskBackend(
  name: string,
  makeHost: MakeContractHost,
  abilities: Partial<TestAbilities> = {},
): void {
  const able = { ...ALL_ABILITIES, ...abilities };
  describe(`the contract of DiskBackend: ${name}`, () => {
    let host: ContractHost;
    let testCount = 0;

    beforeAll(async () => {
      host = await makeHost();
    });

    afterAll(async () => {
      await host.backend.close();
      await host.backend.close();
    });

    describe.each(FORMATS)("%s", (format) => {
      const disks = (): TestDisks => {
        testCount += 1;
        return new TestDisks(host, format, `test${testCount}`);
      };
      describe("making", () => describeMaking(disks, able));
      describe("reading", () => describeReading(disks, able));
      describe("changing", () => describeChanging(disks, able));
      describe("rehearsing", () => describeRehearsing(disks));
    });
  });
}
