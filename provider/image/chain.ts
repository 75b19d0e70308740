import {
  MAX_CHAIN_LENGTH,
  createChainCycleError,
  createChainTooDeepError,
} from "../disk/rules/chains";
import { pathKey } from "../disk/host-path";
import type { DiskImage, ImageHead } from "./disk-image";
import { type ChainLink, type ImageHost, openParent } from "./parent";

/** An opened chain: the leaf first, the base last, every link verified. */
export interface ImageChain<Image extends ImageHead = DiskImage> {
  readonly links: readonly [ChainLink<Image>, ...ChainLink<Image>[]];
  /** Closes all images. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a disk and all it depends on.
 *
 * @param host opens files
 * @param path the full path of the leaf
 * @returns a chain to be closed by the caller; nothing stays open when opening fails
 * @throws NotFound for the leaf; ParentNotFound, ParentMismatch, ChainCycle, ChainTooDeep, and the
 *   codes of `openImage`
 */
export async function openChain<Image extends ImageHead>(
  host: ImageHost<Image>,
  path: string,
): Promise<ImageChain<Image>> {
  return openAncestors(host, { path, image: await host.openImage(path) });
}

/**
 * Opens all that an opened disk depends on.
 *
 * @param leaf is owned by the chain from here on; it is closed when opening fails
 * @returns a chain to be closed by the caller
 * @throws as {@link openChain}
 */
export async function openAncestors<Image extends ImageHead>(
  host: ImageHost<Image>,
  leaf: ChainLink<Image>,
): Promise<ImageChain<Image>> {
  const links: [ChainLink<Image>, ...ChainLink<Image>[]] = [leaf];
  const chain = { links, close: () => closeAll(links) };
  try {
    let last = leaf;
    while (last.image.properties.parentLocator !== undefined) {
      if (links.length >= MAX_CHAIN_LENGTH) {
        throw createChainTooDeepError(leaf.path);
      }
      const parent = await openParent(host, last);
      links.push(parent);
      assertNoCycle(host, links);
      last = parent;
    }
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/**
 * The newest link must be new: neither its path nor its identity may stand in the chain already.
 */
function assertNoCycle(host: ImageHost<ImageHead>, links: readonly ChainLink<ImageHead>[]): void {
  const newest = links.at(-1);
  const repeated = links
    .slice(0, -1)
    .find((link) => newest !== undefined && isSameLink(host, link, newest));
  if (repeated !== undefined) {
    throw createChainCycleError(links.map((link) => link.path));
  }
}

function isSameLink(
  host: ImageHost<ImageHead>,
  left: ChainLink<ImageHead>,
  right: ChainLink<ImageHead>,
): boolean {
  return (
    pathKey(host.pathStyle, left.path) === pathKey(host.pathStyle, right.path) ||
    left.image.properties.linkageId === right.image.properties.linkageId
  );
}

async function closeAll(links: readonly ChainLink<ImageHead>[]): Promise<void> {
  await Promise.all(links.map((link) => link.image.close()));
}
