import { formatDuration } from "../../../../tools/setup/steps.mjs";

describe("formatDuration", () => {
  it.each([
    [0.4, "0 ms"],
    [999, "999 ms"],
    [12_340, "12.3 s"],
    [200_000, "3 min 20 s"],
  ])("writes %d ms for people", (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });
});
