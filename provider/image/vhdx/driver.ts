import type { FormatDriver } from "../driver";
import { createVhdx } from "./create";
import { hasFileSignature } from "./file-identifier";
import { growVhdx } from "./grow";
import { openVhdx } from "./open";
import { setVhdxParent } from "./set-parent";

/** VHDX: what Hyper-V uses since Windows Server 2012. */
export const vhdxDriver: FormatDriver = {
  recognise: ({ head }) => hasFileSignature(head),
  open: (file, opening) => openVhdx(file, opening),
  create: (file, request) => createVhdx(file, request),
  setParent: (file, parent) => setVhdxParent(file, parent),
  grow: (file, sizeBytes) => growVhdx(file, sizeBytes),
};
