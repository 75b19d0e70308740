import { isUsable, surveyHost } from "../../../../provider/hyperv/check/survey-host";
import type { SimulatedHost, SimulatedHostOptions } from "../../../support/simulated-host";
import { useHosts } from "../../../support/simulated-host/use-hosts";

const makeHost = useHosts();
const E_ACCESS_DENIED = 0x80041003;

describe("the survey of a host", () => {
  it("says that all works on Windows Server 2016 and later", async () => {
    const survey = await surveyHost(open().session());

    expect(survey).toMatchObject({
      windows: { caption: "Microsoft Windows Server 2016 Standard", version: "10.0.14393" },
      namespace: "root\\virtualization\\v2",
    });
    expect(statesOf(survey)).toEqual({ works: 11 });
    expect(isUsable(survey)).toBe(true);
  });

  it.each<[SimulatedHostOptions["generation"], string, readonly string[]]>([
    ["2012R2", "root\\virtualization\\v2", ["change queries", "VHD sets", "reference points"]],
    ["2008R2", "root\\virtualization", ["VHDX", "change queries", "VHD sets", "reference points"]],
  ])("says what Windows Server %s does not have yet", async (generation, namespace, missing) => {
    const survey = await surveyHost(open({ generation }).session());

    const found = survey.findings.filter(({ state }) => state === "missing");
    expect(survey.findings.filter(({ state }) => state === "fails")).toEqual([]);
    expect(survey.namespace).toBe(namespace);
    expect(found.map(({ what }) => what)).toEqual(missing);
    expect(isUsable(survey)).toBe(true);
  });

  it("says that an account whose rights are filtered may not see the service", async () => {
    const survey = await surveyHost(open({ isElevated: false }).session());

    expect(survey.findings.at(-1)).toEqual({
      what: "the image management service",
      state: "fails",
      why: expect.stringMatching(/^\[AccessDenied\] .*Hyper-V Administrators/),
    });
    expect(isUsable(survey)).toBe(false);
  });

  it.each([
    ["query:Win32_OperatingSystem", "a session with Windows", 1],
    ["GetVirtualHardDiskSettingData", "reading disks", 11],
    ["class:Msvm_VirtualSystemReferencePoint", "reference points", 11],
    ["query:Msvm_StorageAllocationSettingData", "the settings of machines", 11],
  ])("says what is refused at %s, and goes on where it can", async (at, what, findingCount) => {
    const host = open();
    host.inject({ at, how: { kind: "refuses", hresult: E_ACCESS_DENIED } });

    const survey = await surveyHost(host.session());

    const failed = survey.findings.filter(({ state }) => state === "fails");
    expect(failed).toEqual([
      { what, state: "fails", why: expect.stringMatching(/^\[AccessDenied\]/) },
    ]);
    expect(survey.findings.length).toBe(findingCount);
  });

  it("says which methods a damaged role lacks", async () => {
    const session = { ...open().session(), listMethods: async () => ["CreateVirtualHardDisk"] };

    const survey = await surveyHost(session);

    expect(survey.findings).toContainEqual({
      what: "making and changing disks",
      state: "fails",
      why: expect.stringMatching(/has no GetVirtualHardDiskSettingData, .*repair/),
    });
  });

  it("changes nothing", async () => {
    const host = open();

    await surveyHost(host.session());

    const calls = host.requests.filter((request) => request.startsWith("invoke"));
    expect(calls).toEqual(["invoke GetVirtualHardDiskSettingData", "invoke GetErrorEx"]);
  });
});

function open(options: Partial<SimulatedHostOptions> = {}): SimulatedHost {
  return makeHost(options).host;
}

function statesOf(survey: { findings: readonly { state: string }[] }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of survey.findings) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}
