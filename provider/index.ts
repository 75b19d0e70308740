/**
 * What Pulumi's dynamic provider server loads, one handler for each type of resource.
 *
 * Every stack state names this module and these exports, as in
 * `require("pulumi-vhd/provider").differencingDisk`, and calls them to refresh and delete, years
 * later and with whatever version is installed then. Names may be added; none may ever be renamed,
 * removed or given another meaning.
 */
import { openBackend, openReferencePoints } from "./config";
import { differencingDiskLifecycle } from "./resources/differencing-disk";
import { createHandler } from "./resources/handler";
import { referencePointLifecycle } from "./resources/reference-point";
import { virtualDiskLifecycle } from "./resources/virtual-disk";

/** Handles `DifferencingDisk`. */
export const differencingDisk = createHandler(differencingDiskLifecycle, openBackend);

/** Handles `VirtualDisk`. */
export const virtualDisk = createHandler(virtualDiskLifecycle, openBackend);

/** Handles `ReferencePoint`. */
export const referencePoint = createHandler(referencePointLifecycle, openReferencePoints);
