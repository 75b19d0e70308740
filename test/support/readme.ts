import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const README = readFileSync(resolve(__dirname, "..", "..", "README.md"), "utf8");

/** The program that README shows first. */
export const README_PROGRAM = readBlock(/^```ts\n(?<text>.*?)^```$/ms);

/** The answer of a change query that README shows, as the text of an object. */
export const README_ANSWER = readBlock(/^```\n(?<text>\{\n.*?)^```$/ms);

function readBlock(pattern: RegExp): string {
  const text = pattern.exec(README)?.groups?.["text"];
  if (text === undefined) {
    throw new Error(`README.md has no ${String(pattern)}`);
  }
  return text;
}
