import { DISK_ERROR_CODES } from "../../../../../provider/disk/errors";
import {
  explainHresult,
  explainReturnValue,
  formatHresult,
  normalizeHresult,
} from "../../../../../provider/hyperv/service/codes/explain-code";
import { RETURN_VALUES } from "../../../../../provider/hyperv/service/codes/return-values";
import { SYSTEM_HRESULTS } from "../../../../../provider/hyperv/service/codes/system-hresults";
import { VIRTUAL_DISK_HRESULTS } from "../../../../../provider/hyperv/service/codes/virtual-disk-hresults";

describe("return values of the image management service", () => {
  it("knows every documented value from 32768 to 32779", () => {
    const documented = Array.from({ length: 12 }, (_, index) => 32768 + index);

    const unknown = documented.filter((value) => RETURN_VALUES[value] === undefined);

    expect(unknown).toEqual([]);
  });

  it.each([
    [32769, "AccessDenied"],
    [32770, "NotSupported"],
    [32772, "Timeout"],
    [32773, "InvalidInput"],
    [32774, "InUse"],
    [32777, "Unavailable"],
    [32779, "NotFound"],
    [32787, "ChainCycle"],
    [32791, "ParentMismatch"],
  ])("explains %d as %s", (value, code) => {
    const meaning = explainReturnValue(value);

    expect(meaning.code).toBe(code);
  });

  it("keeps a value that nobody has described verbatim", () => {
    const meaning = explainReturnValue(32999);

    expect(meaning).toMatchObject({ code: "JobFailed", what: expect.stringContaining("32999") });
  });
});

describe("HRESULTs", () => {
  it("mean the same signed, as PowerShell shows them, and unsigned", () => {
    const signed = explainHresult(-1069940722);

    expect(signed).toEqual(explainHresult(0xc03a000e));
    expect(signed?.code).toBe("ParentMismatch");
  });

  it.each([
    [0xc03a000d, "ParentNotFound"],
    [0xc03a0018, "ChainCycle"],
    [0xc03a0022, "StaleLimitId"],
    [0xc03a002a, "TrackingDisabled"],
    [0xc03a0030, "StaleLimitId"],
    [0x80070005, "AccessDenied"],
    [0x80070020, "InUse"],
    [0x80070050, "AlreadyExists"],
    [0x800706ba, "HostUnreachable"],
  ])("explain %d as %s", (hresult, code) => {
    const meaning = explainHresult(hresult);

    expect(meaning?.code).toBe(code);
  });

  it("say nothing about the cause when they only mean that something failed", () => {
    const meanings = [0, 1, 0x80004005, 0x80131501].map(explainHresult);

    expect(meanings).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("keep a number that nobody has described verbatim", () => {
    const meaning = explainHresult(0xc03affff);

    expect(meaning).toMatchObject({
      code: "JobFailed",
      what: expect.stringContaining("0xC03AFFFF"),
    });
  });

  it("are spelled as they are looked up", () => {
    const texts = [-1069940722, 5].map(formatHresult);

    expect(texts).toEqual(["0xC03A000E", "0x00000005"]);
  });

  it("are normalised to what the tables are keyed by", () => {
    const normalized = normalizeHresult(-2147024864);

    expect(normalized).toBe(0x80070020);
  });
});

describe("the tables", () => {
  const rows = [RETURN_VALUES, VIRTUAL_DISK_HRESULTS, SYSTEM_HRESULTS].flatMap((table) =>
    Object.values(table),
  );

  it("use only codes of this package", () => {
    const foreign = rows.filter((row) => !DISK_ERROR_CODES.includes(row.code));

    expect(foreign).toEqual([]);
  });

  it("say in every row what happened as a clause and what to do as sentences", () => {
    const wrong = rows.filter((row) => /[.!]$/.test(row.what) || !row.remedy.endsWith("."));

    expect(wrong).toEqual([]);
  });
});
