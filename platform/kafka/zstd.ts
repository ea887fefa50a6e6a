import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** What it takes of a core counts for more than the last tenth of a batch's size. */
const FASTEST = { [constants.ZSTD_c_compressionLevel]: 1 };

/** zlib makes room in pieces, all of them garbage afterwards: one that suffices for most, and no larger. */
const LEAST_ROOM_BYTES = 4 * 1024;
const MOST_ROOM_BYTES = 1024 * 1024;
const roomFor = (bytes: number): number => Math.min(MOST_ROOM_BYTES, Math.max(LEAST_ROOM_BYTES, bytes));
/** So many times larger is a batch of ours than what it was compressed to. */
const USUAL_RATIO = 8;

/** A tick alone: a compressor's memory and set-up cost more than all the rest of sending it, and save little. */
const STORED_UP_TO_BYTES = 1_024;

/** The format's magic number, and a descriptor that says: one segment, its size in two bytes, 256 less (RFC 8878, 3.1.1). */
const FRAME = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60]);
const SIZE_LESS_BYTES = 256;
const LAST_STORED_BLOCK = 1;
const HEADER_BYTES = FRAME.length + 2 + 3;

/** A frame of one block that is stored as it is. */
const store = (bytes: Buffer): Buffer => {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  FRAME.copy(frame);
  frame.writeUInt16LE(bytes.length - SIZE_LESS_BYTES, FRAME.length);
  frame.writeUIntLE(bytes.length * 8 + LAST_STORED_BLOCK, FRAME.length + 2, 3);
  bytes.copy(frame, HEADER_BYTES);
  return frame;
};

/** What such a frame holds; undefined for any other. */
const storedIn = (frame: Buffer): Buffer | undefined => {
  if (frame.length <= HEADER_BYTES || !frame.subarray(0, FRAME.length).equals(FRAME)) return undefined;
  const sizeBytes = frame.readUInt16LE(FRAME.length) + SIZE_LESS_BYTES;
  const isOneStoredBlock = frame.readUIntLE(FRAME.length + 2, 3) === sizeBytes * 8 + LAST_STORED_BLOCK;
  return isOneStoredBlock && frame.length === HEADER_BYTES + sizeBytes ? frame.subarray(HEADER_BYTES) : undefined;
};

/**
 * Zstandard of whole batches, at once and not in Node's pool of threads, which for a batch of a few hundred bytes takes
 * five times the CPU, and for half a megabyte still more. Small batches are stored in frames that every reader knows.
 */
export const compressZstd = (bytes: Buffer): Buffer =>
  bytes.length >= SIZE_LESS_BYTES && bytes.length <= STORED_UP_TO_BYTES
    ? store(bytes)
    : zstdCompressSync(bytes, { chunkSize: roomFor(bytes.length), params: FASTEST });

/** Throws where the frame is damaged. */
export const decompressZstd = (frame: Buffer): Buffer =>
  storedIn(frame) ?? zstdDecompressSync(frame, { chunkSize: roomFor(USUAL_RATIO * frame.length) });
