const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** The 32-bit MurmurHash2 (Appleby 2008) in the form of Kafka's Java client, as a signed integer. */
export const murmur2 = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(view.getInt32(i, true), M);
    k ^= k >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const left = bytes.length & 3;
  if (left === 3) hash ^= (bytes[tail + 2] ?? 0) << 16;
  if (left >= 2) hash ^= (bytes[tail + 1] ?? 0) << 8;
  if (left >= 1) hash = Math.imul(hash ^ (bytes[tail] ?? 0), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
};

/** The partition that Kafka's Java client (and Flink, and Connect) would choose for the key. */
export const partitionOfKey = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
