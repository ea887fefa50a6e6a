"""LiteLLM's client, told that the front door speaks OpenAI's API."""

import json
import os

# Its list of prices comes from the net otherwise.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from cases import AGENT, GIVEN, RESULT, TOOL, Weather, collected, left_after_first, serve

litellm.suppress_debug_info = True
litellm.telemetry = False


def create(messages, **more):
    return litellm.completion(
        model=f"openai/{AGENT}", api_base=GIVEN["openai"], api_key="a-key", max_retries=1, messages=messages, **more
    )


def said(ask):
    return [{"role": "user", "content": ask}]


def texts(chunks):
    return (chunk.choices[0].delta.content for chunk in chunks)


def tools(ask):
    message = create(said(ask), tools=[TOOL]).choices[0].message
    call = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
    answer = create([*said(ask), message.model_dump(), result], tools=[TOOL])
    called = {"name": call.function.name, "arguments": json.loads(call.function.arguments)}
    return {"called": called, "text": answer.choices[0].message.content}


def structured(ask):
    return json.loads(create(said(ask), response_format=Weather).choices[0].message.content)


def leave(ask):
    stream = create(said(ask), stream=True)
    return left_after_first(texts(stream), stream.completion_stream.close)


serve({
    "plain": lambda ask: create(said(ask)).choices[0].message.content,
    "stream": lambda ask: collected(lambda: texts(create(said(ask), stream=True))),
    "tools": tools,
    "structured": structured,
    "leave": leave,
})
