/**
 * JSON in ASCII, on one line: every other character is written as `\uXXXX`. Such a text means the same to every reader,
 * whatever encoding it takes it for and whatever it holds to be the end of a line.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
