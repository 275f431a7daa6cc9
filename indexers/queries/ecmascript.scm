; What JavaScript and TypeScript share.

; An exported definition spans the export statement.
(export_statement declaration: (_) @wrapped) @wrapper
(export_statement "default" @name value: [
  (arrow_function body: (_) @body) (function_expression !name body: (_) @body)]) @definition.function
(export_statement value: (function_expression name: (_) @name body: (_) @body) @definition.function) @outer
(export_statement "default" @name value: (class !name (class_heritage)? @bases body: (_) @body)) @definition.class
(export_statement value: (class name: (_) @name (class_heritage)? @bases body: (_) @body) @definition.class) @outer

(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name (class_heritage)? @bases body: (_) @body) @definition.class
(lexical_declaration (variable_declarator
  name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  @definition.function
(variable_declaration (variable_declarator
  name: (identifier) @name value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  @definition.function
(variable_declarator
  name: (identifier) @name value: (class (class_heritage)? @bases body: (_) @body)) @definition.class
; A function that is wrapped on its way to its name: `const View = memo(() => …)`.
(variable_declarator name: (identifier) @name value: (call_expression
  arguments: (arguments . [(arrow_function body: (_) @body) (function_expression body: (_) @body)])))
  @definition.function

(pair key: (property_identifier) @name value: [
  (arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method

; Functions assigned to a member: of `exports` they are the module's own, of a prototype the type's.
((expression_statement (assignment_expression
  left: (member_expression property: (property_identifier) @_exports)
  right: (function_expression name: (_) @name body: (_) @body))) @definition.function
  (#eq? @_exports "exports"))
((expression_statement (assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression !name body: (_) @body)])) @definition.function
  (#eq? @_module "module"))
((expression_statement (assignment_expression
  left: (member_expression object: (_) @_object property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.function
  (#any-of? @_object "exports" "module.exports" "this"))
((expression_statement (assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @parent property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.method
  (#eq? @_prototype "prototype"))
((expression_statement (assignment_expression
  left: (member_expression object: (identifier) @parent property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.function
  (#not-eq? @parent "module"))
(expression_statement (assignment_expression
  left: (member_expression object: (member_expression) property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @definition.function
(return_statement (function_expression name: (_) @name body: (_) @body) @definition.function)
(arguments (function_expression name: (_) @name body: (_) @body) @definition.function)

(program (export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name))
  @definition.variable) @outer)
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable)

; Imports, re-exports and require().
(import_statement (import_clause (identifier) @import.default)
  source: (string (string_fragment) @import.module)) @import
(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name !alias)))
  source: (string (string_fragment) @import.module)) @import
(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name alias: (_) @import.alias)))
  source: (string (string_fragment) @import.module)) @import
(import_statement (import_clause (namespace_import (identifier) @import.alias))
  source: (string (string_fragment) @import.module)) @import
(import_statement "import" . source: (string (string_fragment) @import.module)) @import
(export_statement (export_clause (export_specifier name: (_) @import.name !alias))
  source: (string (string_fragment) @import.module)) @import
(export_statement (export_clause (export_specifier name: (_) @import.name alias: (_) @import.alias))
  source: (string (string_fragment) @import.module)) @import
(export_statement "*" @import.wildcard source: (string (string_fragment) @import.module)) @import
(export_statement (namespace_export (identifier) @import.alias)
  source: (string (string_fragment) @import.module)) @import
; A module's own names under others: an import from nowhere. What CommonJS exports as a whole is bound to "module".
(export_statement !source (export_clause (export_specifier name: (_) @import.name alias: (_) @import.alias) @import))
(export_statement "default" @import.alias value: (identifier) @import.name) @import
((expression_statement (assignment_expression
  left: (member_expression object: (identifier) @import.alias property: (property_identifier) @_exports)
  right: (identifier) @import.name)) @import
  (#eq? @import.alias "module") (#eq? @_exports "exports"))
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module))) @import
((variable_declarator name: (identifier) @import.alias value: (call_expression
  function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))) @import
  (#eq? @_require "require"))
((variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @import.name)
  value: (call_expression
    function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))) @import
  (#eq? @_require "require"))
((variable_declarator
  name: (object_pattern (pair_pattern key: (_) @import.name value: (identifier) @import.alias))
  value: (call_expression
    function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))) @import
  (#eq? @_require "require"))
((variable_declarator name: (identifier) @import.alias value: (member_expression
  object: (call_expression
    function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
  property: (property_identifier) @import.name)) @import
  (#eq? @_require "require"))
((expression_statement (call_expression
  function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))) @import
  (#eq? @_require "require"))

; Uses.
(decorator (identifier) @reference.decorate)
(decorator (member_expression object: (_) @receiver property: (_) @reference.decorate))
(decorator (call_expression function: (identifier) @reference.decorate))
(decorator (call_expression function: (member_expression object: (_) @receiver property: (_) @reference.decorate)))
(call_expression function: (identifier) @reference.call)
(call_expression function: (super) @reference.call)
(call_expression function: (member_expression object: (_) @receiver property: (_) @reference.call))
(new_expression constructor: (identifier) @reference.construct)
(new_expression constructor: (member_expression object: (_) @receiver property: (_) @reference.construct))

; What names hold.
(variable_declarator name: (identifier) @binding.name value: (new_expression constructor: (_) @binding.type))
((variable_declarator name: (identifier) @binding.name
  value: (call_expression function: [(identifier) (member_expression)] @binding.call))
  (#not-eq? @binding.call "require"))
(variable_declarator name: (identifier) @binding.name
  value: (await_expression (call_expression function: [(identifier) (member_expression)] @binding.call)))
(assignment_expression left: [(identifier) (member_expression object: (this))] @binding.name
  right: (new_expression constructor: (_) @binding.type))
(assignment_expression left: [(identifier) (member_expression object: (this))] @binding.name
  right: (call_expression function: [(identifier) (member_expression)] @binding.call))
(assignment_expression left: (member_expression object: (this)) @binding.name right: (identifier) @binding.value)

(comment) @comment
