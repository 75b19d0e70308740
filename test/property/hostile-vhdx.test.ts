import { attackImages } from "../support/attack-images";
import { buildVhdxSpecimens } from "../support/hostile-specimens";
import { soakRuns } from "../support/soak";

jest.setTimeout(1_800_000);

/** Together with the other format, `npm run soak` tries a million in any case. */
const CASE_COUNT = soakRuns(10_000, 400_000);

describe("a VHDX whose fields were chosen by an attacker, under right checksums", () => {
  it("is answered or refused, in bounded memory", async () => {
    const specimens = await buildVhdxSpecimens();

    const outcome = await attackImages(specimens, CASE_COUNT);

    expect(outcome.failures).toEqual([]);
    // Neither are all refused, which would leave reading untried, nor do all changes miss.
    expect(outcome.openedCount).toBeGreaterThan(CASE_COUNT / 10);
    expect(outcome.openedCount).toBeLessThan(CASE_COUNT * 0.9);
    process.stderr.write(
      `VHDX: ${CASE_COUNT} mutations, ${outcome.openedCount} open, at most ` +
        `${outcome.mostBytesRead} bytes in ${outcome.mostReads} requests each\n`,
    );
  });
});
