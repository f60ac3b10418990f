"""What a line of `replicated_log.py` is in the words of the model `raft-tla`."""

SENT = {"RequestVote": "request_vote", "AppendEntries": "append_entries"}
HANDLED = {
    "RequestVote": "on_request_vote",
    "Vote": "on_vote",
    "AppendEntries": "on_append_entries",
    "Appended": "on_appended",
}
DONE = {"stand": "time_out", "lead": "become_leader", "request": "client_request", "commit": "advance_commit_index"}


def observe(event):
    server, message = event["server"], event.get("message")
    seen = {"term": event["term"], "role": event["role"]}
    seen |= {name: event[name] for name in ("log", "voted_for", "votes") if name in event}
    if "commit" in event:
        seen["commit_index"] = event["commit"]
    state = {name: {server: value} for name, value in seen.items()}
    if message is None:
        arguments = {"i": server} | ({"v": event["value"]} if "value" in event else {})
        return {"action": DONE[event["event"]], "arguments": arguments, "state": state}
    if event["event"] == "send":
        arguments = {"i": message["src"], "j": message["dst"]}
        # that it is on its way, and what it says, is seen when it arrives
        return {"action": SENT[message["type"]], "arguments": arguments, "state": state}
    fields = {name: value for name, value in message.items() if name != "type"}
    return {"action": HANDLED[message["type"]], "arguments": {"m": fields}, "state": state}
