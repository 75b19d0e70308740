import { utcTextOf } from "../../../../provider/hyperv/cim/cim-datetime";

describe("a moment in the time zone of a host", () => {
  it.each([
    ["20260131235959.123456+060", "2026-01-31T22:59:59.123456Z"],
    ["20260201005959.123456+120", "2026-01-31T22:59:59.123456Z"],
    ["20260131145959.123456-480", "2026-01-31T22:59:59.123456Z"],
    ["16010101000000.000000+000", "1601-01-01T00:00:00.000000Z"],
  ])("%s is %s", (datetime, expected) => {
    const text = utcTextOf(datetime);

    expect(text).toBe(expected);
  });

  it.each(["", "2026-01-31", "00000001022334.000000:000", "20260131235959.******+060"])(
    "%j is none",
    (datetime) => {
      const text = utcTextOf(datetime);

      expect(text).toBeUndefined();
    },
  );
});
