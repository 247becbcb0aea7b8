// Sentences to words and their ids, as text.py reads them.

/** Lower-case words. */
export const tokenise = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/** Words of a sentence with the places where they stand in it: [{word, start, end}]. */
export function wordsIn(text) {
  return Array.from(text.matchAll(/[\p{L}\p{N}_]+/gu), (found) => ({
    word: found[0].toLowerCase(),
    start: found.index,
    end: found.index + found[0].length,
  }));
}

/** A model's words and their ids. */
export class Vocabulary {
  constructor(words, most) {
    this.ids = new Map(words.map((word, id) => [word, id]));
    this.most = most; // words that a sentence may have
  }

  knows(word) {
    return this.ids.has(word);
  }

  /** {ids, words, unknown, cut}: ids are padded with 0, unknown words have the id 1, words beyond the limit are cut. */
  encode(text) {
    const all = tokenise(text);
    const words = all.slice(0, this.most);
    const ids = words.map((word) => this.ids.get(word) ?? 1);
    const unknown = words.filter((word) => !this.knows(word));
    return { ids: [...ids, ...Array(this.most - ids.length).fill(0)], words, unknown, cut: all.length - words.length };
  }
}
