import { DiskError } from "../../disk/errors";
import type { FileEnds, FormatDriver } from "../driver";
import { createVhd } from "./create";
import { openVhd } from "./open";
import { hasFooterCookie } from "./footer";
import { FOOTER_LENGTHS_BYTES } from "./read-footer";
import { setVhdParent } from "./set-parent";

/** VHD: what Virtual PC, Windows Server 2008 and Azure use. */
export const vhdDriver: FormatDriver = {
  recognise: ({ head, tail }: FileEnds) =>
    hasFooterCookie(head) ||
    FOOTER_LENGTHS_BYTES.some((length) => hasFooterCookie(tail.subarray(-length))),
  open: (file, opening) => openVhd(file, opening),
  create: (file, request) => createVhd(file, request),
  setParent: (file, parent) => setVhdParent(file, parent),
  grow(file, sizeBytes) {
    const what = "a VHD cannot grow in place";
    const remedy = "Nothing was changed. Use VHDX for disks that grow, or convert this one.";
    return Promise.reject(
      new DiskError("NotSupported", { what, subject: file.name, facts: { sizeBytes }, remedy }),
    );
  },
};
