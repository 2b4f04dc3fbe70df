// One new ID: node examples/id.mjs [URL]
// A string, never a number: a number is exact up to 2^53 only, and JSON.parse rounds without a word.
const url = process.argv[2] ?? 'http://localhost:8080';
const response = await fetch(`${url}/id?format=string`, { signal: AbortSignal.timeout(5000) });
const answer = await response.json();
if (!response.ok) throw new Error(answer.detail);
console.log(answer.id); // To compute with it: BigInt(answer.id).
