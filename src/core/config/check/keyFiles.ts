/** What stands in a public key file: type and key, or undefined. */
export function readPublicKey(text: string): { type: string; blob: string } | undefined {
  const line = text
    .split('\n')
    .map((entry) => entry.trim())
    .find((entry) => entry !== '' && !entry.startsWith('#'));
  const [type = '', blob = ''] = line?.split(/\s+/) ?? [];
  if (!/^(?:ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+$/.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(blob)) return undefined;
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : -1;
  return bytes.subarray(4, 4 + length).toString('latin1') === type ? { type, blob } : undefined;
}

export const looksPrivate = (text: string): boolean => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text);

/** The public half that an OpenSSH private key file carries in the clear, as base64; undefined for other formats. */
export function publicHalf(privateKey: string): string | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(privateKey)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body.replace(/\s/g, ''), 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return undefined;
  let offset = magic.length;
  const readBlock = (): Buffer | undefined => {
    if (offset + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(offset);
    offset += 4;
    if (offset + length > bytes.length) return undefined;
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  // Cipher, key derivation and its options come before the number of keys.
  for (let block = 0; block < 3; block++) if (readBlock() === undefined) return undefined;
  offset += 4;
  return readBlock()?.toString('base64');
}
