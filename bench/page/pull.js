// What stores without a synchronisation of their own pull and push with: the same pages of the same server.

const fields = 'id title body rating done createdAt updatedAt _version _lastChangedAt _deleted';
const document = `query ($token: String) { page: syncItems(limit: 1000, nextToken: $token) { items { ${fields} } nextToken } }`;

async function post({ endpoint, apiKey }, query, variables) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Calls take(rows) for each page; the next page is fetched while a page is taken. */
export async function pull(server, take) {
  let next = post(server, document, { token: null });
  let taking = Promise.resolve();
  while (next) {
    const { page } = await next;
    next = page.nextToken ? post(server, document, { token: page.nextToken }) : null;
    await taking;
    taking = Promise.resolve(take(page.items));
  }
  await taking;
}

/** One page after a row that was pulled before, for replications that ask for pages themselves. */
export async function page(server, token) {
  return (await post(server, document, { token })).page;
}

/** Creates records with one request. */
export async function create(server, records) {
  const types = records.map((_, i) => `$i${i}: CreateItemInput!`).join(', ');
  const roots = records.map((_, i) => `m${i}: createItem(input: $i${i}) { ${fields} }`).join(' ');
  const inputs = Object.fromEntries(records.map((one, i) => [`i${i}`, one]));
  return Object.values(await post(server, `mutation (${types}) { ${roots} }`, inputs));
}
