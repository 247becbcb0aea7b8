// The edits of a picture in order, with undo and redo. An entry is a plain object that nobody changes.

const MOST = 60;
const TOGETHER = 1500; // milliseconds in which changes of one kind are one edit

export class History {
  constructor(first) {
    this.entries = [first];
    this.place = 0;
    this.last = { kind: "", time: -Infinity };
  }

  get current() {
    return this.entries[this.place];
  }

  get canUndo() {
    return this.place > 0;
  }

  get canRedo() {
    return this.place < this.entries.length - 1;
  }

  /** Put an entry after the current one; what was undone is gone. Typing goes on in the entry that it began. */
  add(entry, kind, time) {
    const goesOn = kind === "text" && kind === this.last.kind && time - this.last.time < TOGETHER && this.place > 0;
    this.entries.length = this.place + (goesOn ? 0 : 1);
    this.entries.push(entry);
    if (this.entries.length > MOST) this.entries.splice(1, 1); // the untouched picture stays the first
    this.place = this.entries.length - 1;
    this.last = { kind, time };
  }

  /** Go to an entry by its number; those that there are not leave all as it is. */
  go(place) {
    if (place >= 0 && place < this.entries.length) this.place = place;
    this.last = { kind: "", time: -Infinity };
    return this.current;
  }
}
