// Calls to the simulator's own API.

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const parsed = await answer.json();
  if (!answer.ok) throw new Error(parsed.error || `HTTP ${answer.status}`);
  return parsed;
}

export const api = {
  setup: () => call("GET", "/api/setup"),
  residents: () => call("GET", "/api/residents?limit=60"),
  makeDemo: () => call("POST", "/api/residents/demo", {}),
  add: (name, municipality) => call("POST", "/api/residents", { name, municipality }),
  messages: (id) => call("GET", `/api/residents/${id}/messages?all=1`),
  menu: (id) => call("GET", `/api/residents/${id}/menu`),
  act: (id, body) => call("POST", `/api/residents/${id}/messages`, body),
  feed: (after) => call("GET", `/api/feed?after=${after}&wait_s=20`),
  counters: () => call("GET", "/api/counters"),
  faults: () => call("GET", "/api/faults"),
  addFault: (script) => call("POST", "/api/faults", script),
  clearFaults: () => call("DELETE", "/api/faults"),
  places: () => call("GET", "/static/places.json"),
};
