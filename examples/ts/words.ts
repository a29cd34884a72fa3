// Counts the words of a text: `tollgate run words.wasm --invoke count --input-text "…"`.

function isSpace(unit: number): boolean {
  return unit == 32 || unit == 9 || unit == 10 || unit == 13;
}

export function count(text: string): string {
  let words = 0;
  let longest = "";
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    const ends = at == text.length || isSpace(text.charCodeAt(at));
    if (!ends && start < 0) {
      start = at;
    }
    if (ends && start >= 0) {
      const word = text.substring(start, at);
      words += 1;
      if (word.length > longest.length) {
        longest = word;
      }
      start = -1;
    }
  }
  return `${words} words, the longest is "${longest}"`;
}
