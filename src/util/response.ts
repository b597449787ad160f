/**
 * The body of an answer, of which no more is held than was asked for.
 *
 * @param tooMuch the error where there is more
 */
export async function readBounded(response: Response, maxBytes: number, tooMuch: () => Error): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return new Uint8Array();
  // Leaving the loop ends the connection.
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooMuch();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
