/**
 * Does each step on some disks in a folder of many, and prints when each kind of step began and
 * ended, on the clock of Node.js's trace events.
 */
import { mkdir } from "node:fs/promises";
import {
  GIB,
  checkChild,
  createBase,
  createChecked,
  createChildren,
  deleteChild,
  forEachAtOnce,
  readChild,
} from "../support/disks";

/** When a step ran, in microseconds, and on how many disks. */
export interface Span {
  readonly startUs: number;
  readonly endUs: number;
  readonly count: number;
}

async function main([folder, standing, count]: readonly string[]): Promise<void> {
  const basePath = `${folder}/base.vhdx`;
  await createBase(basePath, 64 * GIB);
  await mkdir(`${folder}/disks`);
  const pathOf = (index: number): string => `${folder}/disks/old-${index}.vhdx`;
  const present = await createChildren(Number(standing), basePath, pathOf);
  const spans: Record<string, Span> = {};
  const mark = async <Result>(
    name: string,
    action: (index: number) => Promise<Result>,
    total = Number(count),
  ): Promise<Result[]> => {
    const startUs = nowUs();
    const results = await forEachAtOnce(total, action);
    spans[name] = { startUs, endUs: nowUs(), count: total };
    return results;
  };
  const inputs = await mark("check", (index) =>
    checkChild(`${folder}/disks/new-${index}.vhdx`, basePath),
  );
  const disks = await mark("create", (index) => createChecked(inputs[index]!));
  await mark("read", (index) => readChild(disks[index]!));
  // Each file of the folder is looked at once, as when a stack is destroyed.
  const all = [...disks, ...present];
  await mark("delete", (index) => deleteChild(all[index]!), all.length);
  process.stdout.write(JSON.stringify(spans));
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

void main(process.argv.slice(2));
