"""The answers of the server that are not a success."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """A refusal: HTTP status, `error.code` and the words without the correlation id."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str, code: str = "BadRequest") -> ApiError:
    """The request itself cannot be read: syntax, types, unknown names."""
    return ApiError(400, code, message)


def dialog(message: str) -> ApiError:
    """A business rule of the application refuses (AL `Error`)."""
    return ApiError(400, "Application_DialogException", message)


def field_error(message: str) -> ApiError:
    """A field must, or must not, have a value (AL `TestField`, `FieldError`)."""
    return ApiError(400, "Application_FieldValidationException", message)


def too_long(value: str, length: int) -> ApiError:
    """A text is longer than the field of the table."""
    return ApiError(
        400,
        "Application_StringExceededLength",
        f"The length of the string is {len(value)}, but it must be less than or equal to "
        f"{length} characters. Value: {value}",
    )


def no_relation(field: str, table: str, value: str, related: str) -> ApiError:
    """A value names a record that does not exist."""
    return ApiError(
        400,
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) "
        f"that cannot be found in the related table ({related}).",
    )


def same_key(table: str, identification: Mapping[str, str | int]) -> ApiError:
    """The primary key is taken."""
    named = ",".join(f"{name}='{value}'" for name, value in identification.items())
    return ApiError(
        400,
        "Internal_EntityWithSameKeyExists",
        f"The record in table {table} already exists. Identification fields and values: {named}",
    )


def no_record(table: str, what: str, status: int = 404) -> ApiError:
    """The addressed record does not exist."""
    return ApiError(
        status,
        "Internal_RecordNotFound",
        f"The {table} does not exist. Identification fields and values: {what}",
    )


def no_rows_in_filter(table: str, filters: str) -> ApiError:
    """The application needed a record within a filter and found none."""
    return ApiError(
        400,
        "Internal_DataNotFoundFilter",
        f"There is no {table} within the filter.\\\\Filters: {filters}",
    )


def no_segment(name: str) -> ApiError:
    """A path segment names nothing of this API."""
    return ApiError(404, "BadRequest_NotFound", f"Resource not found for the segment '{name}'.")


def no_route(target: str) -> ApiError:
    """The path belongs to no API at all."""
    return ApiError(
        404,
        "BadRequest_ResourceNotFound",
        f"No HTTP resource was found that matches the request URI '{target}'.",
    )


def not_allowed(method: str, name: str) -> ApiError:
    """The entity exists, the verb is not for it."""
    return ApiError(
        405, "BadRequest_MethodNotAllowed", f"Entity '{name}' does not allow the method {method}."
    )


def bad_url(message: str) -> ApiError:
    """The URL or a query option cannot be understood."""
    return bad_request(message, "BadRequest_InvalidRequestUrl")


def changed_meanwhile() -> ApiError:
    """The etag sent is not the one of the record."""
    return ApiError(409, "Request_EntityChanged", "Another user has already changed the record.")


def bad_token() -> ApiError:
    """The If-Match header is missing or not an etag."""
    return bad_request(
        "Could not validate the client concurrency token required by the service. "
        "Please provide a valid token in the client request.",
        "BadRequest_InvalidToken",
    )


def locked(table: str = "Gen. Journal Line") -> ApiError:
    """Another session holds the lock of the table."""
    return ApiError(
        409,
        "Internal_ServerError",
        f"We can't save your changes right now, because a record in table '{table}' is being "
        "updated in a transaction done by another session. You'll have to wait until the other "
        "transaction has completed, which may take a while. Please try again later.",
    )
