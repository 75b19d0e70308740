import { HYPERV_WALLS } from "./hyperv";
import type { Wall } from "./wall";

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
  ...HYPERV_WALLS,
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
