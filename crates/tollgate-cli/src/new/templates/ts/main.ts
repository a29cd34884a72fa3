// Says how often each word of a text is there, the most frequent first.

interface Count {
  word: string;
  times: number;
}

function countWords(text: string): Count[] {
  const counts: Count[] = [];
  for (const word of text.toLowerCase().split(" ")) {
    if (word === "") continue;
    const known = counts.findIndex((count) => count.word === word);
    if (known >= 0) {
      counts[known].times += 1;
    } else {
      counts.push({ word, times: 1 });
    }
  }
  return counts.sort((a, b) => b.times - a.times);
}

export function count(text: string): string {
  return countWords(text)
    .map((count) => `${count.word} ${count.times}`)
    .join(", ");
}
