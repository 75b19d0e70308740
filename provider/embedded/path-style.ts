import type { PathStyle } from "../disk/host-path";

/** The style of paths on the machine this runs on. */
export const LOCAL_PATH_STYLE: PathStyle = process.platform === "win32" ? "win32" : "posix";
