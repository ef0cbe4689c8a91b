// Another device without an engine: plain GraphQL to the server.

/** Posts a document; returns {status, data, errors, extensions}. */
export async function post(server, query, variables, { apiKey = server.apiKey, headers = {} } = {}) {
  const response = await fetch(server.endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...(await response.json()) };
}

/** Posts a document and gives its data; errors throw. */
export async function ask(server, query, variables, options) {
  const answer = await post(server, query, variables, options);
  if (answer.errors?.length) throw new Error(`the server answered ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

const metadata = '_version _deleted _lastChangedAt';
export const fields = {
  Note: `id title body rating done tags ${metadata}`,
  Task: `id title state ${metadata}`,
  Todo: `id title notes done addedAt ${metadata}`,
  Film: `id title ${metadata}`,
};

export async function mutate(server, operation, model, input) {
  const field = `${operation}${model}`;
  const type = `${operation[0].toUpperCase()}${operation.slice(1)}${model}Input!`;
  const data = await ask(server, `mutation ($input: ${type}) { ${field}(input: $input) { ${fields[model]} } }`, {
    input,
  });
  return data[field];
}

export async function get(server, model, id) {
  const data = await ask(server, `query ($id: ID!) { get${model}(id: $id) { ${fields[model]} } }`, { id });
  return data[`get${model}`];
}

/** Every row of a model, tombstones included, by pages of a sync run. */
export async function everyRow(server, model, plural = `${model}s`) {
  const rows = [];
  let nextToken = null;
  do {
    const data = await ask(
      server,
      `query ($nextToken: String) { sync${plural}(limit: 1000, nextToken: $nextToken) { items { ${fields[model]} } nextToken } }`,
      { nextToken },
    );
    rows.push(...data[`sync${plural}`].items);
    nextToken = data[`sync${plural}`].nextToken;
  } while (nextToken);
  return rows;
}
