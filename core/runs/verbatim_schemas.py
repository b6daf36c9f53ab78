"""Putting a schema into a request as it is written: pydantic cannot carry a recursive one, so it sends a stub."""

from copy import deepcopy
from dataclasses import replace

from pydantic_ai.models import ModelRequestContext

from core.tasks.schemas.json_values import JsonObject


def with_verbatim_schema(request_context: ModelRequestContext, schema: JsonObject) -> ModelRequestContext:
    """Return the request with the schema in the place its output mode asks with.

    That is the response format in native mode, the instructions in prompted mode, and the arguments of every output
    tool in tool mode.
    """
    parameters = request_context.model_request_parameters
    output_object = parameters.output_object
    changed = replace(
        parameters,
        output_object=output_object and replace(output_object, json_schema=deepcopy(schema)),
        output_tools=[replace(tool, parameters_json_schema=deepcopy(schema)) for tool in parameters.output_tools],
    )
    return replace(request_context, model_request_parameters=changed)
