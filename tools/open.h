/// The only file of the command that speaks to config: from global options to a store, a registry
/// or a verdict about a stack document.
///
/// A document named on the command line is trusted to load plugins; what a store remembers is not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loam/config/open.h"
#include "loam/plugins.h"
#include "tools/context.h"

namespace loam::tools {

/// Warnings are reported.  Fails: kInvalidArgument (no --store, the document), kNotFound (absent
/// store, a plugin that data needs), and as Db::open.
Result<config::OpenedStore> open_store(const GlobalOptions& globals, OpenMode mode);
/// What a store that is not opened is administered with: its file system, comparator and so on.
/// Fails: kInvalidArgument (no --store, the document), kNotFound.
Result<Options> store_options(const GlobalOptions& globals);
/// The file system of a store that is not open, after it remembers the document of --stack, if
/// there is one.  Fails: as store_options(); kBusy while somebody has the store open.
Result<Component> adopted_file_system(const GlobalOptions& globals);
/// Removes the store through the file system of its stack. An absent one is OK.
Status destroy_store(const GlobalOptions& globals);
/// The plugins that a store opened with these options could use; nothing is loaded without --stack.
Result<std::shared_ptr<Registry>> open_registry(const GlobalOptions& globals);
/// The composed JSON Schema of stack documents; plugins are loaded for it.  Fails: as
/// open_registry.
Result<std::string> composed_schema(const GlobalOptions& globals);
/// The options of the core and of every plugin found, in Markdown.  Fails: as open_registry.
Result<std::string> options_reference(const GlobalOptions& globals);
/// The stack of a document, or of the store when `path` is a directory. Empty: --store's.  Fails:
/// as open_store, without opening.
Result<config::Stack> stack_of(const GlobalOptions& globals, const std::string& path);
/// What is wrong or doubtful, short of opening a store.  Fails: kInvalidArgument, kIo for the file
/// itself.
Result<std::vector<config::Diagnostic>> check_document(const GlobalOptions& globals,
                                                       const std::string& path);

}  // namespace loam::tools
