/** What one file may import, and what the linter must refuse it. */
export interface Wall {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly refused: readonly string[];
}

/** The walls, folder by folder. */
export const WALLS: readonly Wall[] = [
  {
    file: "provider/disk/any.ts",
    allowed: ["./errors"],
    refused: [
      "../image/chain",
      "../config",
      "../../sdk/index",
      "node:fs",
      "node:crypto",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/disk/rules/any.ts",
    allowed: ["./problem", "../errors"],
    refused: [
      "../../image/chain",
      "../../config",
      "../../../sdk/index",
      "node:fs",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/image/any.ts",
    allowed: ["./bytes", "./vhd/open", "../disk/errors", "../disk/rules/chains"],
    refused: [
      "../embedded/disk-files",
      "../hyperv/cim/cim-session",
      "../resources/handler",
      "node:fs",
      "node:fs/promises",
      "zod",
    ],
  },
  {
    file: "provider/image/vhd/any.ts",
    allowed: ["./footer", "../bytes", "../../disk/errors"],
    refused: [
      "../vhdx/open",
      "../../embedded/disk-files",
      "../../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/guard/any.ts",
    allowed: ["./proof", "../disk/host", "../disk/sync/keyed-lock"],
    refused: [
      "../embedded/disk-files",
      "../hyperv/cim/cim-session",
      "../image/chain",
      "../config",
      "node:fs",
      "zod",
    ],
  },
  {
    file: "provider/embedded/any.ts",
    allowed: [
      "./disk-files",
      "../image/chain",
      "../image/vhd/open",
      "../disk/errors",
      "node:fs/promises",
    ],
    refused: [
      "../hyperv/cim/cim-session",
      "../config",
      "../resources/handler",
      "../../sdk/index",
      "zod",
      "@pulumi/pulumi",
    ],
  },
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
  {
    file: "provider/cli/any.ts",
    allowed: ["./main", "../config", "../disk/errors", "../hyperv/check/survey-host", "node:util"],
    refused: [
      "../embedded/disk-files",
      "../hyperv/cim/cim-session",
      "../resources/handler",
      "../../sdk/index",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/resources/any.ts",
    allowed: ["./handler", "../disk/errors", "../config", "zod"],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/functions/any.ts",
    allowed: ["./page-token", "../disk/errors", "zod"],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim/cim-session",
      "node:fs",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "provider/config-keys.ts",
    allowed: ["./disk/errors", "./embedded/path-style", "zod"],
    refused: [
      "./embedded/embedded-backend",
      "./hyperv/hyperv-backend",
      "./resources/handler",
      "node:fs",
    ],
  },
  {
    file: "provider/config-host.ts",
    allowed: ["./config-keys", "./disk/errors", "./hyperv/powershell/transports"],
    refused: ["./hyperv/hyperv-backend", "./config", "./embedded/embedded-backend", "node:fs"],
  },
  {
    file: "provider/config.ts",
    allowed: [
      "./config-keys",
      "./config-host",
      "./disk/errors",
      "./embedded/embedded-backend",
      "./hyperv/hyperv-backend",
    ],
    refused: [
      "zod",
      "./image/chain",
      "./resources/handler",
      "../sdk/index",
      "@pulumi/pulumi",
      "node:fs",
    ],
  },
  {
    file: "provider/plugin/any.ts",
    allowed: [
      "./values",
      "../resources/resource",
      "../config",
      "@pulumi/pulumi/proto/provider_pb",
      "node:fs",
    ],
    refused: [
      "../embedded/disk-files",
      "../image/chain",
      "../hyperv/cim",
      "../../sdk/index",
      "zod",
      "@pulumi/pulumi",
    ],
  },
  {
    file: "sdk/native/any.ts",
    allowed: ["./native-resource", "../provider", "../../provider/disk/disk", "@pulumi/pulumi"],
    refused: [
      "../../provider/config",
      "../../provider/embedded/disk-files",
      "../../provider/plugin/main",
      "zod",
      "node:fs",
    ],
  },
  {
    file: "sdk/any.ts",
    allowed: [
      "./index",
      "../provider/resources/handler",
      "../provider/functions/page-token",
      "@pulumi/pulumi",
    ],
    refused: [
      "../provider/embedded/disk-files",
      "../provider/image/chain",
      "../provider/hyperv/cim/cim-session",
      "zod",
      "node:fs",
    ],
  },
  {
    file: "bench/rows/any.ts",
    allowed: ["./cpu", "../support/measure", "pulumi-vhd", "pulumi-vhd/provider", "node:fs"],
    refused: [
      "../../provider/config",
      "../../test/support/corpus",
      "../../sdk/index",
      "@pulumi/pulumi",
      "zod",
    ],
  },
];
