import type { RandomAccessFile } from "./random-access-file";

/** The same file, but it stays open when an image over it is closed. */
export function withoutClosing(file: RandomAccessFile): RandomAccessFile {
  return {
    name: file.name,
    readSize: () => file.readSize(),
    read: (offsetBytes, target) => file.read(offsetBytes, target),
    write: (offsetBytes, source) => file.write(offsetBytes, source),
    resize: (sizeBytes) => file.resize(sizeBytes),
    flush: () => file.flush(),
    close: () => Promise.resolve(),
  };
}
