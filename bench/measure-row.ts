/**
 * Measures one row and writes what came out: `node measure-row.js ROW RESULT.json`. run.mjs starts
 * it.
 */
import { writeFileSync } from "node:fs";
import { ROWS } from "./rows/index";
import type { RowResult } from "./support/results";

const DEFAULT_ROUNDS = 5;
const QUICK_ROUNDS = 2;

async function main([id, resultPath]: readonly string[]): Promise<void> {
  const row = ROWS.find((candidate) => candidate.id === id)!;
  const isQuick = process.env["VHD_BENCH_QUICK"] === "1";
  const wanted = process.env["VHD_BENCH_ROUNDS"];
  const usual = row.rounds ?? DEFAULT_ROUNDS;
  const rounds =
    wanted === undefined ? Math.min(usual, isQuick ? QUICK_ROUNDS : usual) : Number(wanted);
  const measured = await row.measure({ isQuick, rounds });
  const { title, against } = row;
  const result: RowResult = { id: row.id, title, against, measuredOn: today(), ...measured };
  writeFileSync(resultPath!, JSON.stringify(result));
  // What a provider keeps open for the next step would keep this process.
  process.exit(0);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

void main(process.argv.slice(2));
