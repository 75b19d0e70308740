import { KIB, MIB } from "../../provider/image/bytes";
import { readVhdxStructures } from "../../provider/image/vhdx/structures";
import { readStructures } from "../../provider/image/vhd/structures";
import { type Field, type Specimen, type Structure, fieldsFrom } from "./hostile-images";
import type { MemoryFile } from "./memory-file";
import { BLOCK_SIZE_BYTES, buildChildVhd, buildVhd, footerOffsetOf } from "./vhd-image";
import { writeVhdContent } from "./vhd-writer";
import { buildChildVhdx, buildVhdx } from "./vhdx-image";
import { logVhdxChange, setVhdxBlockState, writeVhdxContent } from "./vhdx-writer";

const FOOTER_FIELDS: readonly [number, Field["lengthBytes"]][] = [
  [12, 4],
  [16, 8],
  [40, 8],
  [48, 8],
  [56, 4],
  [60, 4],
  [68, 8],
];
const HEADER_FIELDS: readonly [number, Field["lengthBytes"]][] = [
  [16, 8],
  [24, 4],
  [28, 4],
  [32, 4],
  [40, 8],
  [64, 8],
];

function fieldsAt(start: number, fields: readonly [number, Field["lengthBytes"]][]): Field[] {
  return fields.map(([offset, lengthBytes]) => ({ offsetBytes: start + offset, lengthBytes }));
}

/** VHDs of each type, with content and a parent locator. */
export async function buildVhdSpecimens(): Promise<Specimen[]> {
  const dynamic = await buildVhd();
  const child = await buildChildVhd();
  for (const file of [dynamic, child]) {
    await writeVhdContent(file, BLOCK_SIZE_BYTES, new Uint8Array(1024).fill(7));
    await writeVhdContent(file, 9 * BLOCK_SIZE_BYTES, new Uint8Array(1024).fill(8));
  }
  return Promise.all([
    describeVhd("dynamic VHD", dynamic),
    describeVhd("differencing VHD", child),
    describeVhd("fixed VHD", await buildVhd({ type: "fixed" })),
  ]);
}

async function describeVhd(name: string, file: MemoryFile): Promise<Specimen> {
  const { sparse } = await readStructures(file);
  const end = await footerOffsetOf(file);
  const structures: Structure[] = [describeFooter("footer", end)];
  if (sparse !== undefined) {
    const { headerOffsetBytes: start, header } = sparse;
    const locators = Array.from({ length: 8 }, (_, index) => start + 576 + index * 24);
    const locatorFields = locators.flatMap((offset) => [
      ...fieldsFrom(offset, 4, 4),
      ...fieldsFrom(offset + 16, 1, 8),
    ]);
    const seal = { offsetBytes: start, lengthBytes: 1024, checksumOffset: 36 };
    structures.push(
      describeFooter("footer copy", 0),
      { name: "dynamic header", fields: fieldsAt(start, HEADER_FIELDS), seal },
      { name: "parent locators", fields: locatorFields, seal },
      { name: "table", fields: fieldsFrom(header.tableOffsetBytes, 10, 4) },
      ...(header.parent?.locators ?? []).map(({ dataOffsetBytes }) => ({
        name: "path",
        fields: fieldsFrom(dataOffsetBytes, 12, 2),
      })),
    );
  }
  return { name, file, isBigEndian: true, structures };
}

function describeFooter(name: string, offsetBytes: number): Structure {
  return {
    name,
    fields: fieldsAt(offsetBytes, FOOTER_FIELDS),
    seal: { offsetBytes, lengthBytes: 512, checksumOffset: 64 },
  };
}

/** VHDXs with blocks of every state, with a parent locator, and with a log to replay. */
export async function buildVhdxSpecimens(): Promise<Specimen[]> {
  const base = await buildVhdx({ sizeBytes: 6 * MIB + 512 });
  const child = await buildChildVhdx(base);
  await fillVhdx(base);
  await fillVhdx(child);
  const dirty = child.clone();
  const log = await logVhdxChange(dirty, async (copy) => {
    await setVhdxBlockState(copy, 4, "undefined");
    await writeVhdxContent(copy, 6 * MIB, new Uint8Array(512).fill(3));
  });
  const entry = { offsetBytes: log.entryOffsetBytes, lengthBytes: log.entryLengthBytes };
  const logFields = [
    ...fieldsFrom(entry.offsetBytes + 8, 2, 4),
    ...fieldsFrom(entry.offsetBytes + 16, 1, 8),
    ...fieldsFrom(entry.offsetBytes + 24, 1, 4),
    ...fieldsFrom(entry.offsetBytes + 48, 2, 8),
    ...Array.from({ length: 4 }, (_, index) => entry.offsetBytes + 64 + index * 32).flatMap(
      (offset) => [...fieldsFrom(offset, 2, 4), ...fieldsFrom(offset + 8, 3, 8)],
    ),
  ];
  return [
    {
      name: "dynamic VHDX",
      file: base,
      isBigEndian: false,
      structures: await listVhdxStructures(base),
    },
    {
      name: "differencing VHDX",
      file: child,
      isBigEndian: false,
      structures: await listVhdxStructures(child),
    },
    {
      name: "VHDX with a log to replay",
      file: dirty,
      isBigEndian: false,
      structures: [
        ...(await listVhdxStructures(dirty)),
        { name: "log entry", fields: logFields, seal: entry },
      ],
    },
  ];
}

async function fillVhdx(file: MemoryFile): Promise<void> {
  await writeVhdxContent(file, 512, new Uint8Array(1024).fill(1));
  await writeVhdxContent(file, MIB, new Uint8Array(512).fill(2));
  await setVhdxBlockState(file, 1, "fullyPresent");
  await setVhdxBlockState(file, 2, "zero");
  await setVhdxBlockState(file, 3, "unmapped");
}

async function listVhdxStructures(file: MemoryFile): Promise<Structure[]> {
  const { metadata, regions } = await readVhdxStructures(file);
  const start = regions.metadata.offsetBytes;
  const items = metadata.items.map(({ offsetBytes, lengthBytes }) => ({
    name: "metadata item",
    fields: fieldsFrom(start + offsetBytes, Math.min(24, Math.ceil(lengthBytes / 4)), 4),
  }));
  return [
    ...[64 * KIB, 128 * KIB].map((offsetBytes) => ({
      name: "header",
      fields: [
        ...fieldsFrom(offsetBytes + 8, 7, 8),
        ...fieldsFrom(offsetBytes + 64, 2, 2),
        ...fieldsFrom(offsetBytes + 68, 1, 4),
        ...fieldsFrom(offsetBytes + 72, 1, 8),
      ],
      seal: { offsetBytes, lengthBytes: 4 * KIB },
    })),
    ...[192 * KIB, 256 * KIB].map((offsetBytes) => ({
      name: "region table",
      fields: [
        ...fieldsFrom(offsetBytes + 8, 1, 4),
        ...[16, 48, 80].flatMap((entry) => [
          ...fieldsFrom(offsetBytes + entry, 3, 8),
          ...fieldsFrom(offsetBytes + entry + 24, 2, 4),
        ]),
      ],
      seal: { offsetBytes, lengthBytes: 64 * KIB },
    })),
    {
      name: "metadata table",
      fields: [...fieldsFrom(start + 10, 1, 2), ...fieldsFrom(start + 32, 56, 4)],
    },
    ...items,
    { name: "table", fields: fieldsFrom(regions.bat.offsetBytes, 9, 8) },
    {
      name: "sector bitmap entry",
      fields: fieldsFrom(regions.bat.offsetBytes + 4096 * 8 * 1, 1, 8),
    },
  ];
}
