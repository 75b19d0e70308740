const DATETIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})\.(\d{6})([+-]\d{3})$/;

/**
 * Writes a moment that a host gave in its own time zone as one text that stays the same when the
 * zone's offset changes, as it does twice a year.
 *
 * @param datetime such as `20260131235959.123456+060`: the last part is the offset in minutes
 * @returns such as `2026-01-31T22:59:59.123456Z`, or `undefined` where the text is no moment
 */
export function utcTextOf(datetime: string): string | undefined {
  const match = DATETIME.exec(datetime);
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute, second, microseconds = "", offset] = match;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const utc = new Date(local - Number(offset) * 60_000);
  return utc.toISOString().replace(/\.\d+Z$/, `.${microseconds}Z`);
}
