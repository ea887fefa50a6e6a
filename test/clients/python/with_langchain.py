"""LangChain over OpenAI's API."""

from cases import AGENT, GIVEN, RESULT, TOOL, Weather, collected, left_after_first, serve
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=AGENT, base_url=GIVEN["openai"], api_key="a-key", max_retries=1)


def texts(chunks):
    return (chunk.content for chunk in chunks)


def tools(ask):
    offered = model.bind_tools([TOOL])
    message = offered.invoke([HumanMessage(ask)])
    call = message.tool_calls[0]
    result = ToolMessage(RESULT, tool_call_id=call["id"])
    answer = offered.invoke([HumanMessage(ask), message, result])
    return {"called": {"name": call["name"], "arguments": call["args"]}, "text": answer.content}


def leave(ask):
    stream = model.stream(ask)
    return left_after_first(texts(stream), stream.close)


serve({
    "plain": lambda ask: model.invoke(ask).content,
    "stream": lambda ask: collected(lambda: texts(model.stream(ask))),
    "tools": tools,
    "structured": lambda ask: model.with_structured_output(Weather, method="json_schema").invoke(ask).model_dump(),
    "leave": leave,
})
