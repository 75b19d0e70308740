import { MemoryFile } from "../../support/memory-file";
import { PowerLossFile } from "../../support/power-loss-file";

function filled(value: number, lengthBytes: number): Uint8Array {
  return new Uint8Array(lengthBytes).fill(value);
}

async function collectStates(file: PowerLossFile): Promise<string[]> {
  const states: string[] = [];
  for await (const state of file.crashStates()) {
    const bytes = state.toBytes();
    // One letter a sector: what fills it.
    states.push(
      Array.from({ length: Math.ceil(bytes.length / 512) }, (_, index) => bytes[index * 512]).join(
        "",
      ),
    );
  }
  return states;
}

describe("a file that loses power", () => {
  it("reads back what was written", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 1024)));
    const target = new Uint8Array(512);

    await file.write(512, filled(2, 512));
    await file.read(512, target);

    expect(target).toEqual(filled(2, 512));
  });

  it("never loses what was flushed", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 1024)));

    await file.write(0, filled(2, 512));
    await file.flush();
    await file.write(512, filled(3, 512));
    const states = await collectStates(file);

    const afterFlush = states.slice(states.lastIndexOf("21"));
    expect(new Set(states)).toEqual(new Set(["11", "21", "23"]));
    expect(afterFlush.every((state) => state.startsWith("2"))).toBe(true);
  });

  it("keeps any choice of the sectors of unflushed writes", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 1024)));

    await file.write(0, filled(2, 1024));

    expect(new Set(await collectStates(file))).toEqual(new Set(["11", "12", "21", "22"]));
  });

  it("may keep a later write and lose an earlier one", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 1024)));

    await file.write(0, filled(2, 512));
    await file.write(512, filled(3, 512));

    expect(await collectStates(file)).toContain("13");
  });

  it("may lose a change of the size", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 512)));

    await file.resize(1024);

    expect(new Set(await collectStates(file))).toEqual(new Set(["1", "10"]));
  });

  it("gives the same states each time it is asked", async () => {
    const file = new PowerLossFile(MemoryFile.of(filled(1, 2048)));

    await file.write(0, filled(2, 2048));

    expect(await collectStates(file)).toEqual(await collectStates(file));
  });
});
