"""The official OpenAI SDK for Python against a front door: one JSON line per case, {"case", "got"} or {"case", "error"}.

argv[1] is JSON: the base URLs of front doors, {"open", "locked", "limited"}. At the case "switch" it waits for a line on
stdin, so that whoever runs it can change the weights meanwhile.
"""

import asyncio
import json
import sys
import time
import traceback

import openai

urls = json.loads(sys.argv[1])


def client(door="open", **more):
    return openai.OpenAI(**{"base_url": urls[door], "api_key": "a-key", "max_retries": 0, **more})


def ask(text):
    return {"model": "support", "messages": [{"role": "user", "content": text}]}


def failure(call):
    try:
        call()
    except openai.APIError as error:
        return {
            "kind": type(error).__name__,
            "status": getattr(error, "status_code", None),
            "code": error.code,
            "param": error.param,
            "type": error.type,
            "hasRequestId": (getattr(error, "request_id", None) or "").startswith("req_"),
        }
    return {"kind": "none"}


def chat():
    raw = client().chat.completions.with_raw_response.create(**ask("hi"), n=3)
    answer = raw.parse()
    return {
        "texts": [choice.message.content for choice in answer.choices],
        "tokens": answer.usage.total_tokens,
        "sameRequestId": answer._request_id == raw.headers["x-request-id"],
        "version": raw.headers["x-coalmine-version"],
    }


def stream(include_usage):
    text, usage = "", []
    options = {"include_usage": include_usage}
    for chunk in client().chat.completions.create(**ask("hi"), stream=True, stream_options=options):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        if chunk.usage:
            usage.append([len(chunk.choices), chunk.usage.total_tokens])
    return {"text": text, "usage": usage}


def stream_helper():
    with client().chat.completions.stream(**ask("hi"), n=2) as events:
        events.until_done()
        final = events.get_final_completion()
    return [choice.message.content for choice in final.choices]


TOOLS = [{"type": "function", "function": {"name": "weather", "strict": True, "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}}}]


def tools():
    api = client().chat.completions
    plain = api.create(**ask("tools"), tools=TOOLS).choices[0]
    with api.stream(**ask("tools"), tools=TOOLS) as events:
        streamed = events.until_done().get_final_completion().choices[0]
    call = streamed.message.tool_calls[0]
    answered = api.create(
        model="support",
        tools=TOOLS,
        messages=[
            {"role": "user", "content": "tools"},
            {"role": "assistant", "tool_calls": [plain.message.tool_calls[0].model_dump()]},
            {"role": "tool", "tool_call_id": call.id, "content": "rain"},
        ],
    )
    return {
        "plain": [plain.finish_reason, plain.message.tool_calls[0].function.arguments],
        "streamed": [streamed.finish_reason, call.function.name, call.function.arguments],
        "answered": answered.choices[0].message.content,
    }


def completions():
    api = client().completions
    parts = api.create(model="support", prompt="hi", stream=True)
    return [api.create(model="support", prompt="hi").choices[0].text, "".join(part.choices[0].text for part in parts)]


def embeddings():
    api = client().embeddings
    by_default = api.create(model="support", input="text").data[0].embedding
    return [by_default, api.create(model="support", input="text", encoding_format="float").data[0].embedding]


def models():
    api = client().models
    return {
        "list": [model.id for model in api.list()],
        "one": api.retrieve("support").id,
        "pinned": api.retrieve("support@v2").id,
        "missing": failure(lambda: api.retrieve("nobody")),
    }


def responses():
    api = client().responses
    with api.stream(model="support", input="hi") as events:
        final = events.until_done().get_final_response()
    return {
        "plain": api.create(model="support", input="hi").output_text,
        "events": [event.type for event in api.create(model="support", input="hi", stream=True)],
        "final": final.output_text,
    }


def switch():
    api = client().responses
    someone = {"x-coalmine-subject": "someone of the candidate"}
    first = api.create(model="support", input="hi")
    print(json.dumps({"case": "ready to switch", "got": None}), flush=True)
    sys.stdin.readline()
    new = api.create(model="support", input="hi", extra_headers=someone)
    follow = api.create(model="support", input="hi", previous_response_id=first.id, extra_headers=someone)
    print(json.dumps({"case": "ready to switch back", "got": None}), flush=True)
    sys.stdin.readline()
    return [first.output_text, new.output_text, follow.output_text]


def errors():
    create = client().chat.completions.create
    own = {}
    for status in (400, 401, 403, 404, 409, 422, 429, 500, 503):
        own[status] = [failure(lambda: create(**ask(f"fail {status}"), stream=flag)) for flag in (False, True)]
    return {
        "own": own,
        "bad": failure(lambda: create(model="", messages=[])),
        "missing": failure(lambda: create(model="nobody", messages=[])),
        "unknown": failure(lambda: client("locked").chat.completions.create(**ask("hi"))),
        "pinned": failure(lambda: client("limited").chat.completions.create(model="support@v2", messages=[])),
    }


def broken():
    seen = {"chat": 0, "response": 0}

    def read(name, events):
        for _ in events:
            seen[name] += 1

    api = client()
    return {
        "chat": failure(lambda: read("chat", api.chat.completions.create(**ask("die"), stream=True))),
        "response": failure(
            lambda: read("response", api.responses.create(model="support", input="die", stream=True))
        ),
        "seen": seen,
    }


def retries():
    twice = client(max_retries=2).chat.completions.create
    texts = [twice(**ask(f"fail {status} once")).choices[0].message.content for status in (408, 409, 429, 500, 503)]
    return {
        "texts": texts,
        "forbidden": failure(lambda: twice(**ask("fail 500 for good"))),
        "vanished": failure(lambda: twice(**ask("vanish"))),
    }


def limits():
    api = client("limited").chat.completions.with_raw_response
    names = [f"x-ratelimit-{name}-requests" for name in ("limit", "remaining", "reset")]
    headers = [api.create(**ask("limited")).headers[name] for name in names[:1]]
    try:
        api.create(**ask("limited"))
    except openai.RateLimitError as error:
        return {"first": headers, "after": [error.response.headers.get(name) for name in [*names, "retry-after-ms"]]}
    return {"first": headers, "after": None}


def leaving():
    try:
        client(timeout=0.1).chat.completions.create(**ask("hang"))
    except openai.APITimeoutError:
        timed_out_at = time.time()
    events = client().chat.completions.create(**ask("hang"), stream=True)
    next(iter(events))
    events.close()
    return {"leftAtMs": [timed_out_at * 1000, time.time() * 1000]}


def feedback():
    with client().chat.completions.with_streaming_response.create(**ask("hi"), stream=True) as raw:
        exchange_id = raw.headers["x-coalmine-exchange-id"]
        text = "".join(raw.iter_text())
    given = client().post("/feedback", body={"exchange_id": exchange_id, "thumbs": "up"}, cast_to=object)
    return {"inLastEvent": text.endswith(f"\n\nid: {exchange_id}\ndata: [DONE]\n\n"), "status": given["status"]}


def many():
    """Fifty at once, over the asynchronous client."""

    async def run():
        async with openai.AsyncOpenAI(base_url=urls["open"], api_key="a-key", max_retries=0) as api:
            answers = await asyncio.gather(*(api.chat.completions.create(**ask(f"many {i}")) for i in range(50)))
        return [answer.choices[0].message.content for answer in answers]

    return sorted(set(asyncio.run(run())))


CASES = {
    "chat": chat,
    "stream with usage": lambda: stream(True),
    "stream without usage": lambda: stream(False),
    "stream helper": stream_helper,
    "tools": tools,
    "completions": completions,
    "embeddings": embeddings,
    "models": models,
    "responses": responses,
    "switch": switch,
    "errors": errors,
    "broken": broken,
    "retries": retries,
    "limits": limits,
    "leaving": leaving,
    "feedback": feedback,
    "many": many,
}

for name, run in CASES.items():
    try:
        line = {"case": name, "got": run()}
    except Exception:
        line = {"case": name, "error": traceback.format_exc()}
    print(json.dumps(line), flush=True)
