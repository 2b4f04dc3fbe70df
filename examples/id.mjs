// New IDs, one per line: node examples/id.mjs [URL [COUNT]]
// As strings, because JSON.parse rounds numbers above 2^53. To compute with one: BigInt(id).
const [url = 'http://localhost:8080', count = '1'] = process.argv.slice(2);

for (let attempt = 1; ; attempt++) {
  let wait = 1, retries = true, problem;
  try {
    const response = await fetch(
      `${url}/ids?count=${count}&format=string`, { signal: AbortSignal.timeout(5000) });
    if (response.ok) {
      console.log((await response.json()).ids.join('\n'));
      break;
    }
    [wait, retries] = [Number(response.headers.get('Retry-After') ?? 1), response.status === 503];
    problem = await response.text();
  } catch (error) { // It refuses the connection, or does not respond in time.
    problem = `${url}: ${error.cause?.message ?? error.message}`;
  }
  if (!retries || attempt === 5 || wait > 10) {
    console.error(problem);
    process.exit(1);
  }
  await new Promise(resolve => setTimeout(resolve, wait * 1000));
}
