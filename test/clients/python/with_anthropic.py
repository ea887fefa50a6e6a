"""Anthropic's SDK, on an agent's own path."""

import anthropic
from cases import AGENT, GIVEN, RESULT, TOOL, Weather, collected, left_after_first, serve

api = anthropic.Anthropic(base_url=GIVEN["anthropic"], api_key="a-key", max_retries=1).messages
FUNCTION = TOOL["function"]
TOOLS = [{
    "name": FUNCTION["name"],
    "description": FUNCTION["description"],
    "input_schema": FUNCTION["parameters"],
}]


def asking(ask):
    return {"model": AGENT, "max_tokens": 100, "messages": [{"role": "user", "content": ask}]}


def text_in(message):
    return "".join(block.text for block in message.content if block.type == "text")


def texts(events):
    return (
        event.delta.text
        for event in events
        if event.type == "content_block_delta" and event.delta.type == "text_delta"
    )


def tools(ask):
    asked = asking(ask)
    message = api.create(**asked, tools=TOOLS)
    call = next(block for block in message.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
    messages = [
        *asked["messages"],
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    answer = api.create(**{**asked, "messages": messages}, tools=TOOLS)
    return {"called": {"name": call.name, "arguments": call.input}, "text": text_in(answer)}


def leave(ask):
    stream = api.create(**asking(ask), stream=True)
    return left_after_first(texts(stream), stream.close)


serve({
    "plain": lambda ask: text_in(api.create(**asking(ask))),
    "stream": lambda ask: collected(lambda: texts(api.create(**asking(ask), stream=True))),
    "tools": tools,
    "structured": lambda ask: api.parse(**asking(ask), output_format=Weather).parsed_output.model_dump(),
    "leave": leave,
})
