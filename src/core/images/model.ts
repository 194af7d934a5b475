import type { Clock } from '../ports/clock.ts';
import type { Process } from '../ports/process.ts';

/** What a disk image is made for. */
export type ImageArch = 'amd64' | 'arm64';

/** How a machine starts from the image: by its own boot loader, or with a kernel that lies beside it. */
export type Boot =
  | { kind: 'disk' }
  | { kind: 'kernel'; kernel: string; initrd: string /** Kernel arguments without the console. */; arguments: string };

/** A verified image on this machine; the backing file of overlays, so it is never written. */
export interface BootImage {
  /** Absolute path. */
  path: string;
  format: 'qcow2' | 'raw';
  /** Bytes of the disk that the guest sees. */
  virtualSize: number;
  boot: Boot;
  source: 'official' | 'build' | 'file' | 'url';
  arch: ImageArch;
}

/** What images are made and fetched with; an Engine is one. */
export interface ImageParts {
  process: Process;
  clock: Clock;
  paths: {
    /** Images are kept in `<cache>/images`. */
    cache: string;
  };
}

export interface ImageRequest {
  /** `official`, `build`, an absolute path, or an `https://` address. */
  image: string;
  /** Hexadecimal; undefined: not compared (`official` has its own). */
  sha256?: string | undefined;
  /** Where `official` is looked for; tests point it to a loopback server. */
  officialUrl?: string | undefined;
  /** Limits of a download in ms; tests shorten them. */
  limits?: DownloadLimits | undefined;
}

export interface DownloadLimits {
  /** Until the server answers. */
  connectMs: number;
  /** Without a byte. */
  stallMs: number;
  /** Of the whole file; default 64 GiB. */
  maximumBytes?: number;
}

/** Debian's name of this machine's architecture, undefined where there is no image for it. */
export const imageArch = (arch: string): ImageArch | undefined =>
  arch === 'x64' ? 'amd64' : arch === 'arm64' ? 'arm64' : undefined;
