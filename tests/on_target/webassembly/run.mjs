// Prints the words of the module given as the first argument.
import { readFileSync } from "node:fs";

let text = "";
const host = {
  word: (word) => { text += (word >>> 0).toString(16).padStart(8, "0") + "\n"; },
  character: (code) => { text += String.fromCharCode(code); },
};
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), { host });
const failed = instance.exports.run();
process.stdout.write(text);
process.exit(failed);
