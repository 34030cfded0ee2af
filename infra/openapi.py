"""The OpenAPI document of the whole HTTP API, made from the code of its functions.

`python -m infra.openapi` writes functions/customer_api/openapi.json, which that function serves: so it describes the
others without importing them. `python -m infra.openapi --check` says whether the file is current.
"""

import argparse
import importlib.util
import json
import re
import sys
from typing import Any, Final

from infra.build import ROOT

TARGET: Final = ROOT / "functions" / "customer_api" / "openapi.json"
FUNCTIONS: Final = {"customer": "客户", "provider": "师傅", "admin": "管理员"}
_REF: Final = "#/components/schemas/"
_REFERENCE: Final = re.compile(rf'"{_REF}(\w+)"')
_KEY_HEADER: Final = "Idempotency-Key"
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "description": "稳定的错误代码"},
                "message": {"type": "string", "description": "给人看的一句话"},
                "details": {"type": "object"},
            },
        }
    },
}
_DESCRIPTION: Final = """\
时间为带时区的 ISO 8601，金额为以分为单位的整数（…_fen），坐标为 GCJ-02。

- 登录后在请求头带上 `Authorization: Bearer <access_token>`。
- 创建或改变内容的 POST 须带 `Idempotency-Key`：同一编号、同一内容只执行一次，重发得到同样的结果。
- 列表返回 `{"items": […], "next": "…" | null}`，把 next 作为 cursor 传回即得下一页。
- 出错时返回 `{"error": {"code", "message", "details"}}`。\
"""


def document() -> dict[str, Any]:
    """The document as it should be now."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for name, audience in FUNCTIONS.items():
        api = _api(name)
        own = json.loads(api.get_openapi_json_schema(title=name, version="1", openapi_version="3.1.0"))
        taken = {schema: f"{name.capitalize()}{schema}" for schema in own.get("components", {}).get("schemas", {})}
        own = _renamed(own, taken)
        schemas |= own["components"]["schemas"]
        for path, operations in own["paths"].items():
            for method, operation in operations.items():
                finished = _finished(operation, path, method, audience)
                locked = {} if path.startswith(api.open_to_all) else {"security": [{"bearer": []}]}
                paths.setdefault(path, {})[method] = finished | locked
    return {
        "openapi": "3.1.0",
        "info": {"title": "到家 API", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": ".."}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": _ERROR, **_used(paths, schemas)},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def text() -> str:
    """The document as it stands in the file."""
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


def _api(name: str) -> Any:
    """The resolver of one function with all its routes, loaded as Lambda loads it: its folder on the path."""
    folder = ROOT / "functions" / f"{name}_api"
    for path in (ROOT / "layers" / "daojia" / "python", folder):
        if str(path) not in sys.path:
            sys.path.append(str(path))
    spec = importlib.util.spec_from_file_location(f"{name}_api_app", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.api


def _renamed(value: Any, taken: dict[str, str]) -> Any:
    """The same with schemas under names that say which function they belong to."""
    if isinstance(value, list):
        return [_renamed(each, taken) for each in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, Any] = {}
    for key, each in value.items():
        if key == "$ref" and isinstance(each, str):
            renamed[key] = _REF + taken[each.removeprefix(_REF)]
        elif key == "schemas" and isinstance(each, dict):
            renamed[key] = {taken[name]: _renamed(schema, taken) for name, schema in each.items()}
        else:
            renamed[key] = _renamed(each, taken)
    return renamed


def _used(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that operations lead to, in order of their names."""
    reached: set[str] = set()
    pending = set(_REFERENCE.findall(json.dumps(paths)))
    while pending:
        name = pending.pop()
        if name in schemas and name not in reached:
            reached.add(name)
            pending |= set(_REFERENCE.findall(json.dumps(schemas[name])))
    return {name: schemas[name] for name in sorted(reached)}


def _finished(operation: dict[str, Any], path: str, method: str, audience: str) -> dict[str, Any]:
    """An operation with its audience, and errors as they really look."""
    finished = {key: value for key, value in operation.items() if key not in ("operationId", "responses", "tags")}
    finished["tags"] = [f"{audience} · {tag}" for tag in operation.get("tags", [])]
    finished["operationId"] = f"{method}_{path.strip('/').replace('/', '_').replace('{', '').replace('}', '')}"
    for parameter in finished.get("parameters", []):
        if parameter["name"].lower() == _KEY_HEADER.lower():
            parameter["name"] = _KEY_HEADER
    good = {
        status: {**answer, "description": "成功"}
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    refused = {"application/json": {"schema": {"$ref": f"{_REF}Error"}}}
    finished["responses"] = {**good, "default": {"description": "被拒绝的请求", "content": refused}}
    return finished


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is current")
    wanted = text()
    if parser.parse_args().check:
        current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == wanted
        print("openapi.json is current" if current else "openapi.json is stale: run `python -m infra.openapi`")
        return 0 if current else 1
    TARGET.write_text(wanted, encoding="utf-8")
    print(f"written: {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
