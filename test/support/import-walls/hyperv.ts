import type { Wall } from "./wall";

/** The walls of provider/hyperv/, folder by folder. */
export const HYPERV_WALLS: readonly Wall[] = [
  {
    file: "provider/hyperv/any.ts",
    allowed: [
      "./cim/cim-session",
      "./disks/host-files",
      "../disk/errors",
      "../guard/guarded-backend",
    ],
    refused: [
      "../guard/proof",
      "../embedded/disk-files",
      "../image/chain",
      "../config",
      "node-powershell",
      "node:fs",
    ],
  },
  {
    file: "provider/hyperv/cim/any.ts",
    allowed: ["./cim-values", "../../disk/errors"],
    refused: [
      "../powershell/launch",
      "../wsman/session",
      "../service/job",
      "node:fs",
      "node-powershell",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/powershell/any.ts",
    allowed: [
      "./shell-lines",
      "../cim/cim-values",
      "../../disk/errors",
      "node-powershell",
      "node:child_process",
    ],
    refused: [
      "../wsman/session",
      "../service/job",
      "../disks/host-files",
      "../../image/chain",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/service/any.ts",
    allowed: ["./job", "./codes/return-values", "../cim/cim-values", "../../disk/errors"],
    refused: [
      "../powershell/launch",
      "../wsman/session",
      "../disks/host-files",
      "../../config",
      "node-powershell",
    ],
  },
  {
    file: "provider/hyperv/service/codes/any.ts",
    allowed: ["./return-values", "../../cim/wbem-codes", "../../../disk/errors"],
    refused: ["../job", "../../powershell/launch", "node:fs"],
  },
  {
    file: "provider/hyperv/disks/any.ts",
    allowed: [
      "./children",
      "../cim/cim-session",
      "../service/job",
      "../service/codes/return-values",
      "../../disk/errors",
    ],
    refused: [
      "../powershell/launch",
      "../machines/machine",
      "../../embedded/disk-files",
      "../../config",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/machines/any.ts",
    allowed: [
      "./machine",
      "../cim/cim-session",
      "../service/job",
      "../../disk/errors",
      "node:timers/promises",
    ],
    refused: [
      "../powershell/launch",
      "../disks/host-files",
      "../../embedded/disk-files",
      "../../config",
      "zod",
    ],
  },
  {
    file: "provider/hyperv/check/any.ts",
    allowed: ["./survey-host", "../cim/cim-session", "../service/job-host", "../disks/host-files"],
    refused: ["../disks/make-disk", "../powershell/launch", "../../config", "node:fs", "zod"],
  },
  {
    file: "provider/hyperv/transcript/any.ts",
    allowed: ["./transcript", "../cim/cim-session", "../../disk/errors"],
    refused: ["../service/job-host", "../powershell/launch", "../../config", "node:fs", "zod"],
  },
];
