import { cimFailureOf } from "../../provider/hyperv/cim/cim-failure";
import type { CimReference, CimValue } from "../../provider/hyperv/cim/cim-session";
import { cimString } from "../../provider/hyperv/cim/cim-values";
import { encodeLoader } from "../../provider/hyperv/powershell/bridge-scripts";
import { failureOf } from "../support/failure-of";
import { LIMIT } from "../support/fake-powershell/calls";
import { callOf } from "../support/fake-powershell/fake-host";
import { describeOnPosix, useFakeSessions } from "../support/fake-powershell/use-fake-sessions";

const NAMESPACE = String.raw`root\virtualization\v2`;
const DISK: CimReference = {
  namespace: NAMESPACE,
  className: "Msvm_StorageJob",
  keys: { InstanceID: cimString("8A5F-1"), Number: { type: "uint32", value: 7 } },
};

describeOnPosix("a session through node-powershell", () => {
  const openSession = useFakeSessions();

  it("starts PowerShell without profile and without questions, with the loader on its command line", async () => {
    const { session, fake } = openSession();

    await session.hasClass(NAMESPACE, "Msvm_ImageManagementService", LIMIT);

    expect(fake.readEvents()[0]).toMatchObject({
      event: "start",
      arguments: ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand", encodeLoader()],
    });
  });

  it("starts nothing before the first call", () => {
    const { fake } = openSession();

    expect(fake.countStarts()).toBe(0);
  });

  it.each<[string, CimValue]>([
    ["the largest uint64", { type: "uint64", value: 2n ** 64n - 1n }],
    ["the smallest sint64", { type: "sint64", value: -(2n ** 63n) }],
    ["a uint8", { type: "uint8", value: 255 }],
    ["a negative sint32", { type: "sint32", value: -2_147_483_648 }],
    ["a boolean", { type: "boolean", value: false }],
    ["a text with every kind of quote", { type: "string", value: "\"'`‘’‚‛“”$(1)\r\n\t" }],
    ["a text that looks like a date", { type: "string", value: "2024-01-31T12:00:00+02:00" }],
    ["an empty text", { type: "string", value: "" }],
    ["a text beyond the basic plane", { type: "string", value: "\u{1F4BE} ディスク Größe" }],
    ["a list of one integer", { type: "uint64[]", value: [9_007_199_254_740_993n] }],
    ["a list of integers", { type: "uint16[]", value: [1, 2, 65_535] }],
    ["an empty list of integers", { type: "uint64[]", value: [] }],
    ["a list of one text", { type: "string[]", value: ["a,b"] }],
    ["an empty list of texts", { type: "string[]", value: [] }],
    ["a list of booleans", { type: "boolean[]", value: [true, false] }],
    ["a reference", { type: "reference", value: DISK }],
  ])("carries %s there and back unchanged", async (_, value) => {
    const { session } = openSession();

    const result = await session.invoke(callOf("Echo", { Value: value }), LIMIT);

    expect(result).toEqual({ returnValue: 4096, outputs: { Value: value } });
  });

  it("leaves out what is NULL", async () => {
    const { session } = openSession();

    const result = await session.invoke(
      callOf("Echo", { Value: { type: "string", value: null } }),
      LIMIT,
    );

    expect(result.outputs).toEqual({});
  });

  it.each<CimValue>([
    { type: "datetime", value: "20260131235959.000000+060" },
    { type: "instance", value: { className: "Embedded", properties: {} } },
    { type: "reference[]", value: [DISK] },
  ])("refuses an argument of a type that cannot be sent, and stays usable: %j", async (value) => {
    const { session } = openSession();

    const failure = await failureOf(session.invoke(callOf("Echo", { Value: value }), LIMIT));
    const result = await session.invoke(callOf("Echo"), LIMIT);

    expect(failure.code).toBe("Internal");
    expect(result.returnValue).toBe(4096);
  });

  it("reads an instance by its keys, with the reference under which it can be read again", async () => {
    const { session } = openSession();

    const instance = await session.get(DISK, LIMIT);

    expect(instance).toEqual({ className: DISK.className, reference: DISK, properties: DISK.keys });
  });

  it("asks for the instances whose properties have given values, whatever characters these contain", async () => {
    const { session } = openSession();
    const where = {
      Name: String.raw`C:\it's\"a" ‘disk’.vhdx`,
      Readable: true,
      FileSize: 5_368_709_120n,
    };

    const [instance] = await session.query(
      { namespace: "root\\cimv2", className: "CIM_DataFile", where },
      LIMIT,
    );

    expect(instance?.properties).toMatchObject({
      Name: cimString(where.Name),
      Readable: { type: "boolean", value: true },
      FileSize: { type: "sint64", value: 5_368_709_120n },
      Size: { type: "uint64", value: 18_446_744_073_709_551_615n },
    });
  });

  it("reads what is associated with an instance", async () => {
    const { session } = openSession();

    const found = await session.associated(
      { source: DISK, resultClassName: "Msvm_ReferencePoint" },
      LIMIT,
    );

    expect(found.map((instance) => instance.className)).toEqual(["Msvm_ReferencePoint"]);
  });

  it("says a class that does not exist from one that may not be seen", async () => {
    const { session } = openSession();

    const exists = await session.hasClass(NAMESPACE, "Present", LIMIT);
    const isMissing = await session.hasClass(NAMESPACE, "Missing", LIMIT);
    const failure = await failureOf(session.hasClass(NAMESPACE, "Denied", LIMIT));

    expect([exists, isMissing]).toEqual([true, false]);
    expect(cimFailureOf(failure)?.hresult).toBe(0x80041003);
  });

  it("names the methods of a class", async () => {
    const { session } = openSession();

    const methods = await session.listMethods(NAMESPACE, "Present", LIMIT);

    expect(methods).toEqual(["EchoPresent"]);
  });

  it("reports a refusal by its numbers, with the text of the host to be shown", async () => {
    const { session } = openSession();

    const failure = await failureOf(session.invoke(callOf("Missing"), LIMIT));

    expect(failure.message).toContain("Das gibt es nicht");
    expect(cimFailureOf(failure)).toMatchObject({ hresult: 0x80041002, nativeErrorCode: 6 });
  });

  it("names what was refused", async () => {
    const { session } = openSession();
    const missing = { ...DISK, className: "Missing" };

    const failures = await Promise.all([
      failureOf(session.get(missing, LIMIT)),
      failureOf(session.query({ namespace: NAMESPACE, className: "Missing" }, LIMIT)),
      failureOf(session.associated({ source: DISK, resultClassName: "Missing" }, LIMIT)),
      failureOf(session.invoke(callOf("Denied"), LIMIT)),
    ]);

    expect(failures.map(({ details }) => details.subject)).toEqual([
      "get Missing",
      "query Missing",
      "Missing of Msvm_StorageJob",
      "Msvm_ImageManagementService.Denied",
    ]);
  });

  it("serves calls one after another through one process", async () => {
    const { session, fake } = openSession();

    for (let index = 0; index < 20; index += 1) {
      await session.invoke(callOf("Echo"), LIMIT);
    }

    expect([fake.countStarts(), fake.countLines()]).toEqual([1, 20]);
  });

  it("sends calls that only read, made at the same time, as one batch", async () => {
    const { session, fake } = openSession();

    const reads = Array.from({ length: 500 }, (_, index) =>
      session.invoke(callOf("Echo", { Index: { type: "uint32", value: index } }), LIMIT),
    );
    const results = await Promise.all(reads);

    expect(results.map(({ outputs }) => outputs["Index"]?.value)).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    );
    expect([fake.countStarts(), fake.countLines()]).toEqual([1, 1]);
  });

  it("sends a call that changes something alone", async () => {
    const { session, fake } = openSession();

    await Promise.all([
      session.invoke(callOf("Read1"), LIMIT),
      session.invoke(callOf("Change1", {}, false), LIMIT),
      session.invoke(callOf("Read2"), LIMIT),
      session.invoke(callOf("Change2", {}, false), LIMIT),
    ]);

    const lines = fake
      .readEvents()
      .flatMap((entry) => (entry.event === "line" ? [entry.requests] : []));
    expect(lines).toEqual([["Read1", "Read2"], ["Change1"], ["Change2"]]);
  });

  it("serves several hosts at the same time", async () => {
    const hosts = [openSession(), openSession(), openSession()];

    await Promise.all(hosts.map(({ session }) => session.invoke(callOf("Echo"), LIMIT)));

    expect(hosts.map(({ fake }) => fake.countStarts())).toEqual([1, 1, 1]);
  });
});

describeOnPosix("a session with another computer", () => {
  const openSession = useFakeSessions();
  const account = { user: String.raw`LAB\admin`, password: "p\"a's$(calc)`n" };

  it("connects before anything else, with a password that no command line shows", async () => {
    const { session, fake } = openSession(
      {},
      {
        transport: (executable) => ({
          kind: "winrm",
          executable,
          computerName: "hv1.example",
          ...account,
        }),
      },
    );

    await session.invoke(callOf("Echo"), LIMIT);

    const events = fake.readEvents();
    expect(events.find(({ event }) => event === "connect")).toEqual({
      event: "connect",
      computerName: "hv1.example",
      ...account,
    });
    expect(JSON.stringify(events[0])).not.toContain("calc");
  });

  it("uses the account that runs PowerShell when none is named", async () => {
    const { session, fake } = openSession(
      {},
      { transport: (executable) => ({ kind: "winrm", executable, computerName: "hv1.example" }) },
    );

    await session.invoke(callOf("Echo"), LIMIT);

    expect(fake.readEvents()).toContainEqual(
      expect.objectContaining({ event: "connect", user: null }),
    );
  });

  it("says why the connection was refused", async () => {
    const { session } = openSession(
      { refuseConnection: true },
      { transport: (executable) => ({ kind: "winrm", executable, computerName: "hv1.example" }) },
    );

    const failure = await failureOf(session.invoke(callOf("Echo", {}, false), LIMIT));

    expect(failure.message).toMatch(
      /^\[HostUnreachable\] .*hv1\.example.*Zugriff verweigert.*New-CimSession/,
    );
    expect(cimFailureOf(failure)?.hresult).toBe(0x80070005);
  });
});
