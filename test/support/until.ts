/** Short enough not to be noticed, long enough to leave the processor to the other process. */
const POLL_MS = 5;

/**
 * Waits until a condition holds that another process brings about. The test's own time limit ends
 * it otherwise.
 *
 * @param isSo is asked again and again
 */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}
