"""OpenAI's SDK. Much more of it is tried in test/openai-python/."""

import json

import openai
from cases import AGENT, GIVEN, RESULT, TOOL, Weather, collected, left_after_first, serve

api = openai.OpenAI(base_url=GIVEN["openai"], api_key="a-key", max_retries=1).chat.completions


def asking(ask):
    return {"model": AGENT, "messages": [{"role": "user", "content": ask}]}


def texts(chunks):
    return (chunk.choices[0].delta.content for chunk in chunks if chunk.choices)


def tools(ask):
    asked = asking(ask)
    message = api.create(**asked, tools=[TOOL]).choices[0].message
    call = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
    answer = api.create(model=AGENT, tools=[TOOL], messages=[*asked["messages"], message.model_dump(), result])
    called = {"name": call.function.name, "arguments": json.loads(call.function.arguments)}
    return {"called": called, "text": answer.choices[0].message.content}


def leave(ask):
    stream = api.create(**asking(ask), stream=True)
    return left_after_first(texts(stream), stream.close)


serve({
    "plain": lambda ask: api.create(**asking(ask)).choices[0].message.content,
    "stream": lambda ask: collected(lambda: texts(api.create(**asking(ask), stream=True))),
    "tools": tools,
    "structured": lambda ask: api.parse(**asking(ask), response_format=Weather).choices[0].message.parsed.model_dump(),
    "leave": leave,
})
