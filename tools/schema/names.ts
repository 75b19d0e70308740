/** In Go, `GetVirtualDisk` reads a resource by its id. */
export function toGoFunction(name: string): string {
  return name === "getVirtualDisk" ? "LookupVirtualDisk" : toPascal(name);
}

/** As Python writes a name. */
export function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** As Go and C# write a name. */
export function toPascal(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
